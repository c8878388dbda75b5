"""All scores of one case: every structure, every numbered instance, and which labels were confused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnunet_spine.evaluation.instances import score_instances
from nnunet_spine.evaluation.metric import UNDEFINED
from nnunet_spine.evaluation.overlap import Overlap
from nnunet_spine.evaluation.pair import Pair
from nnunet_spine.evaluation.records import InstanceRecord, Outcome, StructureRecord
from nnunet_spine.evaluation.structures import Labels, Structure, structures_of

_MM3_PER_ML = 1000.0


@dataclass(frozen=True)
class CaseScores:
    """The part of a `CaseRecord` that two label maps tell; its fields are described there."""

    structures: tuple[StructureRecord, ...]
    instances: tuple[InstanceRecord, ...]
    confusion_labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]


def require_tolerance(tolerance_mm: float) -> None:
    """Refuse a tolerance of NSD that is none.

    Raises:
        ValueError: for anything but a finite number above 0.
    """
    if not 0 < tolerance_mm < math.inf:
        raise ValueError(f"tolerance: expected mm above 0, got {tolerance_mm}")


def score_case(
    reference: np.ndarray,
    prediction: np.ndarray,
    spacing_mm: Sequence[float],
    labels: Labels,
    tolerance_mm: float = 1.0,
) -> CaseScores:
    """Score a prediction.

    Args:
        reference: label map (I, J, K) of any type, with axes to the right, to the front, to the head.
        prediction: the same.
        spacing_mm: edges of a voxel along the axes.
        labels: the `labels` of dataset.json. Voxels of the reference with its ignore label count nowhere.
        tolerance_mm: of NSD.

    Raises:
        ValueError: if the label maps do not fit each other or the labels, or the tolerance is not above 0.
    """
    require_tolerance(tolerance_mm)
    structures = structures_of(labels)
    pair = Pair.of(np.asarray(reference), np.asarray(prediction), spacing_mm, labels)
    values = list(pair.names)
    return CaseScores(
        tuple(_score(pair, structure, tolerance_mm) for structure in structures),
        score_instances(pair, structures),
        tuple(pair.names.values()),
        tuple(map(tuple, pair.confusion[np.ix_(values, values)].tolist())),
    )


def _score(pair: Pair, structure: Structure, tolerance_mm: float) -> StructureRecord:
    overlap = pair.overlap(structure.values, structure.values)
    voxel_ml = math.prod(pair.spacing_mm) / _MM3_PER_ML
    return StructureRecord(
        structure=structure.name,
        group=structure.group,
        level=structure.level,
        outcome=_outcome(overlap),
        dice=overlap.dice,
        iou=overlap.iou,
        precision=overlap.precision,
        recall=overlap.recall,
        **_distance_scores(pair, structure, overlap, tolerance_mm),
        reference_ml=overlap.reference * voxel_ml,
        prediction_ml=overlap.prediction * voxel_ml,
    )


def _outcome(overlap: Overlap) -> Outcome:
    if overlap.reference:
        return "scored" if overlap.prediction else "missed"
    return "false_positive" if overlap.prediction else "absent"


def _distance_scores(pair: Pair, structure: Structure, overlap: Overlap, tolerance_mm: float) -> dict[str, float]:
    if not (overlap.reference and overlap.prediction):
        undefined = dict.fromkeys(("hd95_mm", "hd_mm", "assd_mm"), UNDEFINED)
        return undefined | {"nsd": 0.0 if overlap.reference else UNDEFINED}
    found = pair.distances(structure.values, structure.values)
    return {
        "nsd": found.nsd(tolerance_mm),
        "hd95_mm": found.hd95_mm,
        "hd_mm": found.hd_mm,
        "assd_mm": found.assd_mm,
    }
