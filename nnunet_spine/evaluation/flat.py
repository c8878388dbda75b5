"""Results as a flat table, one row a case and structure, for spreadsheets and other statistics programs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from typing import Any

from nnunet_spine.evaluation.metric import METRICS
from nnunet_spine.evaluation.records import CaseRecord, RunRecord, StructureRecord
from nnunet_spine.evaluation.results import Results

_RUN = ("arm", "trainer", "plans", "configuration", "dataset", "fold", "seed", "real_patients", "condition", "level")
_CASE = ("case", "patient", "sequence")


def as_csv(results: Results) -> str:
    """The scores; an empty cell is a number that is not defined or something that is not known.

    Distances have a column more: with the image's diagonal in place of a missed structure's.
    """
    text = io.StringIO()
    rows = list(_rows(results))
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def penalised(row: StructureRecord, diagonal_mm: float) -> dict[str, float]:
    """The metrics of a structure whose penalty is the image's diagonal, with it, by their keys and `_penalised`."""
    return {
        f"{key}_penalised": metric.penalised(getattr(row, key), row.outcome == "missed", diagonal_mm)
        for key, metric in METRICS.items()
        if metric.missed == "diagonal"
    }


def _rows(results: Results) -> Iterator[dict[str, Any]]:
    for case in results.cases:
        for row in case.structures:
            yield {name: _cell(value) for name, value in _row(results.run, case, row).items()}


def _row(run: RunRecord, case: CaseRecord, row: StructureRecord) -> dict[str, Any]:
    return (
        {name: getattr(run, name) for name in _RUN}
        | {name: getattr(case, name) for name in _CASE}
        | {"structure": row.structure, "group": row.group, "structure_level": row.level, "outcome": row.outcome}
        | {key: getattr(row, key) for key in METRICS}
        | penalised(row, case.diagonal_mm)
        | {"reference_ml": row.reference_ml, "prediction_ml": row.prediction_ml, "diagonal_mm": case.diagonal_mm}
    )


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return "" if value is None else value
