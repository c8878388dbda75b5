"""Several arms side by side: what evaluations wrote, gathered into tables, statistics, figures and a report."""
