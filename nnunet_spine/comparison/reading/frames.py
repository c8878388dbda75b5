"""From records to tables: what `Collection` holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

import pandas as pd

from nnunet_spine.comparison.reading.source import Source
from nnunet_spine.evaluation.metric import METRICS
from nnunet_spine.evaluation.records import CaseRecord, FailureRecord, InstanceRecord, RunRecord, StructureRecord

UNKNOWN = "unknown"
"""The sequence of images of which it is not known."""

PENALISED = "_penalised"
"""End of the columns in which a missed structure has the image's diagonal."""

_RUN = tuple(one.name for one in fields(RunRecord) if one.name not in ("labels", "format"))
CASE_KEYS = ("run", "arm", "condition", "level", "case", "patient", "sequence")
_SCORE = ("run", "arm", "fold", "seed", "real_patients", *CASE_KEYS[2:])
_ABOUT_CASE = ("shape", "spacing_mm", "diagonal_mm", "files", "confusion_labels", "confusion")
_PENALISED_METRICS = tuple(key for key, metric in METRICS.items() if metric.missed == "diagonal")


def build_frames(sources: Sequence[Source]) -> dict[str, pd.DataFrame]:
    """Tables by their names in `Collection`."""
    found = [(run, source, case) for run, source in enumerate(sources) for case in source.cases]
    keys = [_case_keys(run, source, case) for run, source, case in found]
    cases = [case for _, _, case in found]
    return {
        "runs": _frame(map(_run_row, range(len(sources)), sources), ("run", "series", *_RUN, "n_cases", "path")),
        "scores": _scores(found),
        "instances": _parts(keys, [case.instances for case in cases], InstanceRecord),
        "failures": _parts(keys, [case.failures for case in cases], FailureRecord),
        "properties": _frame((key | dict(case.properties) for key, case in zip(keys, cases, strict=True)), CASE_KEYS),
        "cases": _frame(
            (key | {name: getattr(case, name) for name in _ABOUT_CASE} for key, case in zip(keys, cases, strict=True)),
            (*CASE_KEYS, *_ABOUT_CASE),
        ),
    }


def _run_row(run: int, source: Source) -> dict[str, Any]:
    about = {name: getattr(source.run, name) for name in _RUN}
    about["level"] = _or_nan(source.run.level)
    return {"run": run, "series": source.series, **about, "n_cases": len(source.cases), "path": str(source.path)}


def _case_keys(run: int, source: Source, case: CaseRecord) -> dict[str, Any]:
    values = (run, source.run.arm, source.run.condition, _or_nan(source.run.level), case.case, case.patient)
    return dict(zip(CASE_KEYS, (*values, case.sequence or UNKNOWN), strict=True))


def _scores(found: Sequence[tuple[int, Source, CaseRecord]]) -> pd.DataFrame:
    rows = (
        _case_keys(run, source, case)
        | {"fold": source.run.fold, "seed": source.run.seed, "real_patients": source.run.real_patients}
        | _as_row(one)
        | {"diagonal_mm": case.diagonal_mm}
        for run, source, case in found
        for one in case.structures
    )
    frame = _frame(rows, (*_SCORE, *_columns_of(StructureRecord), "diagonal_mm"))
    for key in _PENALISED_METRICS:
        frame[key + PENALISED] = frame[key].where(frame["outcome"] != "missed", frame["diagonal_mm"])
    return frame


def _parts(keys: Sequence[dict[str, Any]], parts: Sequence[Sequence[Any]], kind: type) -> pd.DataFrame:
    rows = (key | _as_row(one) for key, some in zip(keys, parts, strict=True) for one in some)
    return _frame(rows, (*CASE_KEYS, *_columns_of(kind)))


def _as_row(record: Any) -> dict[str, Any]:
    """Fields of a record; its level is called structure_level, beside the level of the condition."""
    return {("structure_level" if name == "level" else name): value for name, value in asdict(record).items()}


def _columns_of(kind: type) -> tuple[str, ...]:
    return tuple("structure_level" if one.name == "level" else one.name for one in fields(kind))


def _frame(rows: Iterator[dict[str, Any]] | Any, columns: Sequence[str]) -> pd.DataFrame:
    """A table with at least these columns, these first, with or without rows."""
    frame = pd.DataFrame(list(rows))
    more = [name for name in frame.columns if name not in columns]
    return frame.reindex(columns=[*columns, *more])


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)
