"""Files of results -> tables of rows that can be compared, or the reason why they cannot."""
