"""The demo's table, out of what nnU-Net's own evaluation wrote."""

from __future__ import annotations

import json
import math
from pathlib import Path

from nnunet_spine.labels import SCHEMES

Scores = dict[str, dict[str, list[float]]]
"""Dice of every case, by sequence and structure."""


def read_scores(summary: Path) -> Scores:
    """Dice of every case from nnU-Net's summary.json; cases are called `<patient>_<sequence>`.

    Raises:
        ValueError: if the file has no case.
    """
    names = {str(label.value): label.name for label in SCHEMES["4class"].labels}
    scores: Scores = {}
    for case in json.loads(summary.read_text())["metric_per_case"]:
        sequence = Path(case["prediction_file"]).name.split(".")[0].split("_", 1)[1]
        for value, name in names.items():
            scores.setdefault(sequence, {}).setdefault(name, []).append(case["metrics"][value]["Dice"])
    if not scores:
        raise ValueError(f"{summary}: expected at least one case, found none")
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
