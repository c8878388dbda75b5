"""The tables of a report as files: Markdown and LaTeX for people, CSV in full precision for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from nnunet_spine.comparison.figures import Material
from nnunet_spine.comparison.reading.shortened import named
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


def write_numbers(folder: Path, material: Material, names: Mapping[str, str]) -> None:
    """Write scores, means and statistics in long form.

    Args:
        folder: for the files.
        material: what the page is made of.
        names: full name by the name of every arm in it.
    """
    collection = material.collection
    frames = {
        "scores": all_scores(collection),
        "patients": all_patients(collection),
        "summary": all_summaries(collection),
        "tests": families(material),
        "ranking": material.ranking,
        "failures": material.failures,
        "correlations": material.correlations,
    }
    for name, frame in frames.items():
        (folder / f"{name}.csv").write_text(to_csv(named(frame, names)), encoding="utf-8")


def families(material: Material) -> pd.DataFrame:
    """The tests of the page and no others; the column `family` says which are corrected together.

    `answer` are those that the answer rests on, `steps` those of every arm with the one before, `images` those on which
    images which arm is ahead, `baseline` those of every other arm with the baseline.
    """
    tests = {"answer": material.answer_tests, "steps": material.step_tests}
    tests |= {"images": material.image_tests, "baseline": material.differences}
    known = {name: frame for name, frame in tests.items() if frame is not None}
    found = pd.concat(known, names=["family"]).reset_index("family")
    return found.reset_index(drop=True)
