"""The tables of a report as files: Markdown and LaTeX for people, CSV in full precision for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nnunet_spine.comparison.collect import Collection
from nnunet_spine.comparison.statistics.correlation import correlations
from nnunet_spine.comparison.statistics.failures import failure_counts
from nnunet_spine.comparison.statistics.pairs import Family, paired_tests
from nnunet_spine.comparison.statistics.ranking import ranking
from nnunet_spine.comparison.tables import (
    Table,
    all_patients,
    all_scores,
    all_summaries,
    to_csv,
    to_latex,
    to_markdown,
)


def write_tables(folder: Path, files: Mapping[str, Sequence[Table]]) -> None:
    """Write tables as Markdown and as LaTeX (booktabs, longtable), those of one name into one file."""
    for name, tables in files.items():
        (folder / f"{name}.md").write_text("\n".join(map(to_markdown, tables)), encoding="utf-8")
        (folder / f"{name}.tex").write_text("\n".join(map(to_latex, tables)), encoding="utf-8")


def write_numbers(folder: Path, collection: Collection, measure: str) -> None:
    """Write scores, means and statistics in long form.

    Args:
        folder: for the files.
        collection: rows, with the full names of arms.
        measure: column that arms are judged by.
    """
    frames = {
        "scores": all_scores(collection),
        "patients": all_patients(collection),
        "summary": all_summaries(collection),
        "tests": paired_tests(collection, Family(measure)),
        "ranking": ranking(collection, measure),
        "failures": failure_counts(collection),
        "correlations": correlations(collection, measure),
    }
    for name, frame in frames.items():
        (folder / f"{name}.csv").write_text(to_csv(frame), encoding="utf-8")
