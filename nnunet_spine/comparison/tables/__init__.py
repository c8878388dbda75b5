"""Statistics as tables: markdown and LaTeX for people, CSV for programs."""

from nnunet_spine.comparison.tables.contrasts import ranking_table, tests_table
from nnunet_spine.comparison.tables.rows import all_patients, all_scores, all_summaries, to_csv
from nnunet_spine.comparison.tables.scores import count_tables, score_tables
from nnunet_spine.comparison.tables.table import Table, to_latex, to_markdown

__all__ = [
    "Table",
    "all_patients",
    "all_scores",
    "all_summaries",
    "count_tables",
    "ranking_table",
    "score_tables",
    "tests_table",
    "to_csv",
    "to_latex",
    "to_markdown",
]
