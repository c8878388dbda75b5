"""The two label maps of a case, and what every part of its scores draws on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import find_objects

from nnunet_spine.evaluation.overlap import Overlap, as_labels, confusion
from nnunet_spine.evaluation.structures import Labels, ignore_of, names_of_values
from nnunet_spine.evaluation.surface import SurfaceDistances, surface_distances

Box = tuple[slice, ...]


@dataclass(frozen=True)
class Pair:
    """A reference and a prediction; ignored voxels are background in both and counted nowhere.

    Attributes:
        reference: unsigned integers, (I, J, K).
        prediction: the same.
        spacing_mm: edges of a voxel.
        names: of the values that may occur, the background first.
        confusion: (N, N) voxels by value in the reference (row) and in the prediction.
        boxes: of each value from 1 in the reference and in the prediction; None for a value that does not occur.
    """

    reference: np.ndarray
    prediction: np.ndarray
    spacing_mm: tuple[float, ...]
    names: dict[int, str]
    confusion: np.ndarray
    boxes: tuple[list[Box | None], list[Box | None]]
    _distances: dict[tuple[tuple[int, ...], tuple[int, ...]], SurfaceDistances] = field(default_factory=dict)

    @classmethod
    def of(cls, reference: np.ndarray, prediction: np.ndarray, spacing_mm: Sequence[float], labels: Labels) -> Pair:
        """Check two label maps of a data set and count them.

        Raises:
            ValueError: if they do not fit each other, or have values that are no labels.
        """
        _check_grids(reference, prediction, spacing_mm)
        names, ignore = names_of_values(labels), ignore_of(labels)
        largest = max(*names, ignore or 0)
        first, second = as_labels(reference, largest, "reference"), as_labels(prediction, largest, "prediction")
        counts = confusion(first, second, largest + 1)
        if ignore is not None and counts[ignore].any():
            kept = first != ignore
            first, second = first * kept, second * kept
            counts[ignore] = 0
        _check_values(counts, names)
        boxes = (find_objects(first, largest), find_objects(second, largest))
        return cls(first, second, tuple(map(float, spacing_mm)), names, counts, boxes)

    def overlap(self, reference: Sequence[int], prediction: Sequence[int]) -> Overlap:
        """The overlap of values of the reference with values of the prediction."""
        return Overlap.of(self.confusion, reference, prediction)

    def distances(self, reference: tuple[int, ...], prediction: tuple[int, ...]) -> SurfaceDistances:
        """The surface distances of values of the reference to values of the prediction; measured when first asked."""
        if (reference, prediction) not in self._distances:
            self._distances[reference, prediction] = self._measure(reference, prediction)
        return self._distances[reference, prediction]

    def _measure(self, reference: tuple[int, ...], prediction: tuple[int, ...]) -> SurfaceDistances:
        boxes = [self.boxes[0][value - 1] for value in reference] + [self.boxes[1][value - 1] for value in prediction]
        box = _joint([one for one in boxes if one], self.reference.shape)
        masks = (
            np.isin(label_map[box], values)
            for label_map, values in ((self.reference, reference), (self.prediction, prediction))
        )
        return surface_distances(*masks, self.spacing_mm)


def _check_grids(reference: np.ndarray, prediction: np.ndarray, spacing_mm: Sequence[float]) -> None:
    if reference.shape != prediction.shape or reference.ndim != 3 or 0 in reference.shape:
        shapes = f"{reference.shape} and {prediction.shape}"
        raise ValueError(f"expected a reference and a prediction of the same three axes, got shapes {shapes}")
    if len(spacing_mm) != 3 or not all(0 < mm < math.inf for mm in spacing_mm):
        raise ValueError(f"spacing: expected three edges of a voxel in mm, got {tuple(spacing_mm)}")


def _check_values(counts: np.ndarray, names: dict[int, str]) -> None:
    for name, present in (("reference", counts.sum(1)), ("prediction", counts.sum(0))):
        unknown = [int(value) for value in np.flatnonzero(present) if value not in names]
        if unknown:
            raise ValueError(f"{name}: expected the labels {', '.join(map(str, names))}, got {unknown} too")


def _joint(boxes: Sequence[Box], shape: Sequence[int]) -> Box:
    """The box around all with a margin of one voxel where the image has room, by which surfaces see its outside."""
    return tuple(
        slice(max(min(one.start for one in along) - 1, 0), min(max(one.stop for one in along) + 1, n))
        for along, n in zip(zip(*boxes, strict=True), shape, strict=True)
    )
