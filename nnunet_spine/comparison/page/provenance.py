"""How every number was made: what is known of each run, and the definitions that its numbers rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.evaluation import metric
from nnunet_spine.evaluation.records import AS_ACQUIRED

_FACTS = {
    "trainer": "Trainer",
    "plans": "Plans",
    "configuration": "Configuration",
    "dataset": "Trained on",
    "fold": "Fold",
    "seed": "Seed",
    "real_patients": "Real patients trained on",
    "reference": "References",
    "prediction": "Predictions",
    "images": "Images",
    "model": "Model",
    "command": "Command",
}
"""What is shown of a run as it stands in its row, with its name."""


@dataclass(frozen=True)
class RunView:
    """A run on the page.

    Attributes:
        title: arm, fold, condition, number of cases.
        facts: name and value of what is known.
    """

    title: str
    facts: tuple[tuple[str, str], ...]


def run_views(collection: Collection) -> list[RunView]:
    """Every run, in the order of the files."""
    return [_view(row, collection) for row in collection.runs.to_dict(orient="records")]


def metric_definitions() -> list[tuple[str, str]]:
    """What the metrics mean, as their module says; the first words stand for the name."""
    items = (metric.__doc__ or "").split("\n- ")[1:]
    return [_definition(" ".join(item.split())) for item in items]


def _definition(text: str) -> tuple[str, str]:
    names = {"Dice": "Overlap", "The surface": "Surface", "HD is": "Surface distances", "NSD": "NSD"}
    return next((name for start, name in names.items() if text.startswith(start)), "Metric"), text


def _view(row: dict[str, Any], collection: Collection) -> RunView:
    cases = collection.cases[collection.cases["run"] == row["run"]]
    facts = tuple(_facts(row, cases["patient"].nunique(), len(cases), sorted(cases["sequence"].unique())))
    condition = "" if row["condition"] == AS_ACQUIRED else f", {_condition(row)}"
    fold = "" if row["fold"] is None else f", fold {row['fold']}"
    return RunView(f"{row['arm']}{fold}{condition}: {len(cases)} cases", facts)


def _facts(row: dict[str, Any], patients: int, cases: int, sequences: list[str]) -> Iterator[tuple[str, str]]:
    for key, name in _FACTS.items():
        if row[key] is not None and row[key] == row[key] and row[key] != "":
            yield name, f"{row[key]:g}" if isinstance(row[key], float) else str(row[key])
    yield "Test images", f"{_condition(row)}; {cases} cases of {patients} patients; sequences {', '.join(sequences)}"
    if row["left_out"]:
        yield "Left out", f"{row['left_out']} references without a prediction, on demand (--chill)"
    yield "Tolerance of NSD", f"{row['tolerance_mm']:g} mm"
    yield "Versions", ", ".join(f"{name} {version}" for name, version in row["versions"].items()) or "not recorded"
    yield "Rows", f"{row['path']}, written {_written(Path(row['path']))}"


def _condition(row: dict[str, Any]) -> str:
    return row["condition"] + ("" if row["level"] != row["level"] else f" {row['level']:g}")


def _written(path: Path) -> str:
    """When a file was written last, UTC."""
    return datetime.fromtimestamp(path.stat().st_mtime, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
