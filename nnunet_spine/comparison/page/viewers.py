"""The worst cases with their pictures, scores and failures, as the page shows them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_spine.casebook import CaseFiles, NotAvailableError, SourceFile, draw_case
from nnunet_spine.comparison.figures.wording import setting_name, structure_name
from nnunet_spine.comparison.page.worst import WorstCase
from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.reading.source import Source
from nnunet_spine.comparison.statistics.measures import Measure, measure_of
from nnunet_spine.comparison.statistics.setting import at_level
from nnunet_spine.comparison.tables import Table
from nnunet_spine.comparison.tables.table import EMPTY, number
from nnunet_spine.evaluation.records import CaseRecord, FailureRecord, StructureRecord
from nnunet_spine.plumbing.wording import counted

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class CaseView:
    """A case on the page.

    Attributes:
        key: of its anchor.
        title: structures, sequence, case.
        case: its name.
        why: sentences on why it is here.
        scores: of all structures and arms.
        failures: of the arms that it is here for.
        data: what the viewer draws; None where there are no pictures.
        reason: why there are none.
        notes: on the pictures.
    """

    key: str
    title: str
    case: str
    why: Sequence[str]
    scores: Table
    failures: Mapping[str, Sequence[FailureRecord]]
    data: Mapping[str, Any] | None = None
    reason: str = ""
    notes: Sequence[str] = ()


def view_cases(shown: Sequence[WorstCase], collection: Collection, measure: str) -> list[CaseView]:
    """Draw cases, each once with all that it is shown for.

    Args:
        shown: which; the first of a case decides which structure and arm it begins with.
        collection: rows of all arms.
        measure: column that decides what is worst.
    """
    cases: dict[tuple[str, str, str], list[WorstCase]] = {}
    for one in shown:
        cases.setdefault((one.case, one.condition, str(one.level)), []).append(one)
    _LOG.info("%s of the worst to draw", counted(len(cases), "case"))
    return [
        _view(str(k), some, _same_image(some, collection), measure_of(measure))
        for k, some in enumerate(cases.values(), start=1)
    ]


Predictions = Mapping[str, tuple[Source, CaseRecord]]
"""By arm: a run, and its row of a case."""


def _same_image(some: Sequence[WorstCase], collection: Collection) -> Predictions:
    """What every arm has on the image of a case: arms that it is shown for first, of others the first run."""
    first, cases, sources = some[0], collection.cases, collection.sources
    same = cases[(cases["case"] == first.case) & at_level(cases, first.condition, first.level)]
    labels = sources[first.run].run.labels
    runs = {one.arm: one.run for one in some}
    for arm, run in zip(same["arm"], same["run"], strict=True):
        if sources[run].run.labels == labels:
            runs.setdefault(arm, run)
    return {arm: (sources[run], _case_of(sources[run], first.case)) for arm, run in runs.items()}


def _case_of(source: Source, name: str) -> CaseRecord:
    return next(case for case in source.cases if case.case == name)


def _view(key: str, some: Sequence[WorstCase], predictions: Predictions, measure: Measure) -> CaseView:
    first = some[0]
    structures = ", ".join(dict.fromkeys(structure_name(one.structure) for one in some))
    about = {
        "key": key,
        "title": f"{structures}; {setting_name(first.condition, first.level, first.sequence)}: {first.case}",
        "case": first.case,
        "why": [_sentence(one, measure) for one in some],
        "scores": _scores(key, predictions, measure),
        "failures": {one.arm: predictions[one.arm][1].failures for one in some},
    }
    try:
        pictures = draw_case(_files(first, predictions))
    except NotAvailableError as error:
        return CaseView(**about, reason=f"{error}.")
    return CaseView(**about, data=pictures.data, notes=pictures.notes)


def _sentence(one: WorstCase, measure: Measure) -> str:
    missed = ", since the prediction has none of it" if one.outcome == "missed" else ""
    return (
        f"{one.arm}: {measure.label} of {structure_name(one.structure)} {number(one.value, measure.digits)}{missed}; "
        f"the mean of its {one.n} cases is {number(one.mean, measure.digits)}."
    )


def _scores(key: str, predictions: Predictions, measure: Measure) -> Table:
    """A row a structure: the measure for every arm; for the first a distance, or an overlap if the measure is one."""
    arms = list(predictions)
    of_arm = {arm: {one.structure: one for one in case.structures} for arm, (_, case) in predictions.items()}
    of = f", {arms[0]}" if len(arms) > 1 else ""
    measured = [f"{measure.metric.name}, {arm}" if of else measure.metric.label for arm in arms]
    other = measure_of("dice" if measure.metric.unit else "hd95_mm")
    head = ("Structure", *measured, f"{other.metric.label}{of}", f"Predicted (ml){of}", "Reference (ml)")
    rows = []
    for name, one in of_arm[arms[0]].items():
        values = [_value(of_arm[arm].get(name), measure) for arm in arms]
        volumes = (number(ml, 1) for ml in (one.prediction_ml, one.reference_ml))
        rows.append((structure_name(name), *values, number(getattr(one, other.column), other.digits), *volumes))
    return Table(f"case-{key}", "Scores", head, tuple(rows), numeric=frozenset(range(1, len(head))))


def _value(one: StructureRecord | None, measure: Measure) -> str:
    if one is None:
        return EMPTY
    if one.outcome in ("missed", "false_positive"):
        return one.outcome.replace("_", " ")
    return number(getattr(one, measure.metric.key), measure.digits)


def _files(one: WorstCase, predictions: Predictions) -> CaseFiles:
    source, case = predictions[one.arm]
    return CaseFiles(
        reference=_file(source.run.reference, case, "reference"),
        predictions={arm: _file(of.run.prediction, row, "prediction") for arm, (of, row) in predictions.items()},
        image=_file(source.run.images, case, "image") if source.run.images and "image" in case.files else None,
        labels=source.run.labels,
        structure=one.structure,
        shape=case.shape,
        spacing_mm=case.spacing_mm,
    )


def _file(folder: str, case: CaseRecord, kind: str) -> SourceFile:
    return SourceFile(Path(folder) / case.files[kind], case.fingerprints.get(kind, {}))
