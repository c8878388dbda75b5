"""Numbers of voxels: one count over pairs of labels, from which the overlap of every structure follows by sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnunet_spine.evaluation.metric import UNDEFINED

_SHOWN = 5


@dataclass(frozen=True)
class Overlap:
    """Voxels of a structure in both label maps, in the prediction alone, in the reference alone.

    The metrics are NaN where the reference has nothing.
    """

    true_positive: int
    false_positive: int
    false_negative: int

    @classmethod
    def of(cls, confusion: np.ndarray, reference: Sequence[int], prediction: Sequence[int]) -> Overlap:
        """The overlap of some values of the reference with some of the prediction.

        Args:
            confusion: (N, N), see `confusion`.
            reference: values of the structure in the reference.
            prediction: its values in the prediction.
        """
        rows, columns = list(reference), list(prediction)
        both = int(confusion[np.ix_(rows, columns)].sum())
        return cls(both, int(confusion[:, columns].sum()) - both, int(confusion[rows].sum()) - both)

    @property
    def reference(self) -> int:
        """Voxels in the reference."""
        return self.true_positive + self.false_negative

    @property
    def prediction(self) -> int:
        """Voxels in the prediction."""
        return self.true_positive + self.false_positive

    @property
    def dice(self) -> float:
        """2 TP / (2 TP + FP + FN)."""
        return self._share(2 * self.true_positive, self.reference + self.prediction)

    @property
    def iou(self) -> float:
        """TP / (TP + FP + FN)."""
        return self._share(self.true_positive, self.reference + self.false_positive)

    @property
    def precision(self) -> float:
        """TP / (TP + FP); 0 for a missed structure, of which nothing predicted is right."""
        return self._share(self.true_positive, max(self.prediction, 1))

    @property
    def recall(self) -> float:
        """TP / (TP + FN)."""
        return self._share(self.true_positive, self.reference)

    def _share(self, part: int, whole: int) -> float:
        return part / whole if self.reference else UNDEFINED


def confusion(reference: np.ndarray, prediction: np.ndarray, size: int) -> np.ndarray:
    """Voxels by label in the reference and in the prediction.

    Args:
        reference: values 0 to size - 1, see `as_labels`.
        prediction: the same, of the same shape.
        size: one more than the largest value.

    Returns:
        int64 of shape (size, size), reference by row.
    """
    small = np.min_scalar_type(size * size - 1)
    pairs = reference.astype(small) * small.type(size) + prediction.astype(small)
    return np.bincount(pairs.ravel(), minlength=size * size).reshape(size, size)


def as_labels(array: np.ndarray, largest: int, name: str) -> np.ndarray:
    """A label map of any type as a contiguous one of the smallest that holds it.

    Args:
        array: whole numbers, integers or not.
        largest: value that may occur.
        name: of the label map in errors.

    Raises:
        ValueError: for numbers that are not whole, below 0 or above the largest, naming some of them.
    """
    kept = np.ascontiguousarray(array)
    if kept.size and not (kept.min() >= 0 and kept.max() <= largest):
        raise ValueError(
            f"{name}: expected labels from 0 to {largest}, got {distinct_values(kept[~_within(kept, largest)])}"
        )
    labels = kept.astype(np.min_scalar_type(largest), copy=False)
    if kept.dtype.kind not in "iub" and (labels != kept).any():
        raise ValueError(f"{name}: expected whole numbers, got {distinct_values(kept[labels != kept])}")
    return labels


def _within(array: np.ndarray, largest: int) -> np.ndarray:
    return (array >= 0) & (array <= largest)


def distinct_values(values: np.ndarray) -> str:
    """The first few of the values that there are, as text."""
    found = np.unique(values)
    return ", ".join(f"{value:g}" for value in found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
