"""The page of a report: what it says in words, which cases it shows, and its templates."""
