"""The demo's table: mean Dice by sequence, arm and structure."""

from __future__ import annotations

import math

from nnunet_spine.evaluation.results import Results
from nnunet_spine.labels import SCHEMES

Scores = dict[str, dict[str, list[float]]]
"""Dice of every case, by sequence and structure."""


def scores_of(results: Results) -> Scores:
    """Dice of every case, of the structures that have a label of their own."""
    names = {label.name for label in SCHEMES["4class"].labels}
    scores: Scores = {}
    for case in results.cases:
        for row in case.structures:
            if row.structure in names:
                scores.setdefault(str(case.sequence), {}).setdefault(row.structure, []).append(row.dice)
    return scores


def score_table(scores: dict[str, Scores]) -> str:
    """Markdown table: a row for each sequence and arm, a column for each structure."""
    first = next(iter(scores.values()))
    structures = list(next(iter(first.values())))
    lines = [
        "| test images | trained on | " + " | ".join([*structures, "mean", "cases"]) + " |",
        "|---" * (len(structures) + 4) + "|",
    ]
    for sequence in sorted(first):
        for arm, of_arm in scores.items():
            means = [_mean(of_arm[sequence][structure]) for structure in structures]
            cells = [f"{value:.3f}" for value in (*means, _mean(means))]
            cases = len(of_arm[sequence][structures[0]])
            lines.append(f"| {sequence.upper()} | {arm} | " + " | ".join([*cells, str(cases)]) + " |")
    return "\n".join(lines)


def _mean(values: list[float]) -> float:
    finite = [value for value in values if not math.isnan(value)]
    return sum(finite) / len(finite) if finite else math.nan
