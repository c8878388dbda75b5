"""The rows that an evaluation writes and a comparison reads: one JSON object a line, the run first, then its cases.

What is not known is None, what is not defined NaN; both are null in the file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

FORMAT = 1
"""Grows when a reader of older rows would misunderstand newer ones."""

AS_ACQUIRED = "as acquired"
"""The test condition of images that nobody made worse."""

ALL_SLICES = "all"
"""The selection of slices that leaves nothing out."""

Outcome = Literal["scored", "missed", "false_positive", "absent"]
"""In both label maps, in the reference alone, in the prediction alone, in neither."""


@dataclass(frozen=True)
class RunRecord:
    """What was evaluated, and how.

    Attributes:
        arm: name under which the comparison shows it; runs of one arm differ in fold, seed, data and condition.
        trainer: name of nnU-Net's trainer.
        plans: name of the plans.
        configuration: such as `2d`.
        dataset: data set that was trained on.
        fold: folds whose models predicted, such as `0` or `0,1,2,3,4`, or `all`.
        seed: number that tells repeated trainings apart.
        real_patients: patients whose real images were trained on, where that was a choice.
        condition: what was done to the test images, such as `resolution`; `AS_ACQUIRED` for nothing.
        level: how much of it, such as 2.0 for half the resolution.
        slices: which sagittal slices were scored, see `slices`; if not `ALL_SLICES`, the condition says so too.
        reference: folder of the references.
        prediction: folder of the predictions.
        images: folder of the images.
        model: folder of the trained model, with a folder for each fold.
        labels: the `labels` of dataset.json.
        tolerance_mm: tolerance of NSD.
        command: the command line.
        versions: of the packages.
        left_out: references that have no prediction and were left out on demand.
        format: of the rows.
    """

    arm: str
    reference: str
    prediction: str
    labels: Mapping[str, int | Sequence[int]]
    tolerance_mm: float
    trainer: str | None = None
    plans: str | None = None
    configuration: str | None = None
    dataset: str | None = None
    fold: str | None = None
    seed: int | None = None
    real_patients: int | None = None
    condition: str = AS_ACQUIRED
    level: float | None = None
    slices: str = ALL_SLICES
    images: str | None = None
    model: str | None = None
    command: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    left_out: int = 0
    format: int = FORMAT


@dataclass(frozen=True)
class StructureRecord:
    """Scores of one structure of one case.

    Attributes:
        structure: a label's name, or a group of several: `vertebrae`, `discs`, `foreground`.
        group: `vertebra`, `canal` or `disc`; None for what is none of them.
        level: level from below, 1 for L5 or L5/S1, where the structure is one.
        outcome: whether there was something to find, and whether it was found.
        dice: as the rest, defined in `metric.py`; overlaps are 0 for a missed structure, distances NaN, and all are
            NaN for a structure that is not in the reference.
        reference_ml: its volume in the reference.
        prediction_ml: its volume in the prediction.
    """

    structure: str
    group: str | None
    level: int | None
    outcome: Outcome
    dice: float
    iou: float
    precision: float
    recall: float
    nsd: float
    hd95_mm: float
    hd_mm: float
    assd_mm: float
    reference_ml: float
    prediction_ml: float


@dataclass(frozen=True)
class InstanceRecord:
    """One vertebra or disc of the reference and the predicted one that overlaps it most, whatever its number.

    Attributes:
        structure: its label in the reference.
        group: `vertebra` or `disc`.
        level: its level.
        matched: label of the predicted instance of the same group; None where nothing overlaps it.
        dice: of the two; 0 for a missed one.
        assd_mm: of the two; NaN for a missed one.
        identified: whether both have the same label.
        complete_reference: whether it keeps clear of the upper and lower end of the image.
        complete_prediction: the same of the predicted one; None for a missed one.
    """

    structure: str
    group: str
    level: int | None
    matched: str | None
    dice: float
    assd_mm: float
    identified: bool
    complete_reference: bool
    complete_prediction: bool | None


@dataclass(frozen=True)
class FailureRecord:
    """One way in which a prediction fails.

    Attributes:
        mode: such as `missed structure`; the modes are listed in `failures`.
        structure: the structure that it befell.
        level: its level, where it has one.
        amount: how much of it.
        unit: of the amount, such as `ml`, `mm`, `levels`.
        detail: a sentence for people.
        slice: index of the sagittal slice that shows it best, counted from the left side of the image.
    """

    mode: str
    structure: str
    level: int | None
    amount: float
    unit: str
    detail: str
    slice: int


@dataclass(frozen=True)
class CaseRecord:
    """Everything about one case.

    Attributes:
        case: its name, such as `1_t1`.
        patient: whose it is.
        sequence: such as `t1`; None where it is not known.
        shape: voxels along left-right, back-front, foot-head.
        spacing_mm: their edges.
        diagonal_mm: of the image.
        structures: scores, in the order of the labels, then groups.
        instances: of numbered schemes.
        confusion_labels: names of the rows and columns of `confusion`, the background first.
        confusion: voxels by label in the reference (row) and in the prediction (column).
        failures: what went wrong.
        properties: of image and patient, such as `snr`; see `properties`.
        files: name of the file of `reference`, `prediction`, `image` in their folders.
        fingerprints: of the same files, to find out whether they changed.
    """

    case: str
    patient: str
    sequence: str | None
    shape: tuple[int, ...]
    spacing_mm: tuple[float, ...]
    diagonal_mm: float
    structures: tuple[StructureRecord, ...]
    instances: tuple[InstanceRecord, ...]
    confusion_labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    failures: tuple[FailureRecord, ...] = ()
    properties: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def to_plain(record: RunRecord | CaseRecord) -> dict[str, Any]:
    """The record as what JSON knows: NaN as None, with the kind of record under `record`."""
    kind = "run" if isinstance(record, RunRecord) else "case"
    return {"record": kind, **_without_nan(asdict(record))}


def run_from_plain(plain: Mapping[str, Any]) -> RunRecord:
    """Reverse of `to_plain`.

    Raises:
        ValueError: if something is missing, or there is more than is known.
    """
    return RunRecord(**_fields(RunRecord, plain))


def case_from_plain(plain: Mapping[str, Any]) -> CaseRecord:
    """Reverse of `to_plain`.

    Raises:
        ValueError: if something is missing, or there is more than is known.
    """
    values = _fields(CaseRecord, plain)
    return CaseRecord(
        **values
        | {
            "shape": tuple(values["shape"]),
            "spacing_mm": tuple(values["spacing_mm"]),
            "structures": tuple(_with_nan(StructureRecord, one) for one in values["structures"]),
            "instances": tuple(_with_nan(InstanceRecord, one) for one in values["instances"]),
            "confusion_labels": tuple(values["confusion_labels"]),
            "confusion": tuple(map(tuple, values["confusion"])),
            "failures": tuple(_with_nan(FailureRecord, one) for one in values.get("failures", ())),
            "properties": {name: math.nan if x is None else x for name, x in values.get("properties", {}).items()},
        }
    )


def _with_nan(kind: type, plain: Mapping[str, Any]) -> Any:
    """A record whose numbers are NaN where they are None."""
    numbers = {one.name for one in fields(kind) if one.type == "float"}
    values = _fields(kind, plain)
    return kind(**{name: math.nan if x is None and name in numbers else x for name, x in values.items()})


def _fields(kind: type, plain: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in plain.items() if name != "record"}
    known = {one.name for one in fields(kind)}
    unknown = sorted(values.keys() - known)
    try:
        kind(**values)
    except TypeError as error:
        problem = f"unknown {', '.join(unknown)}" if unknown else str(error).split("__init__() ")[-1]
        raise ValueError(f"{kind.__name__}: {problem}; the row is of another version, or damaged") from error
    return values


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return value
