"""A reference and a prediction of it, cut to what is not background, with their pieces and how these overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnunet_spine.evaluation.failures.options import FailureOptions
from nnunet_spine.evaluation.failures.pieces import BACK, FRONT, Box, Pieces, behind_canal_front, find_pieces
from nnunet_spine.evaluation.records import FailureRecord
from nnunet_spine.evaluation.structures import Structure
from nnunet_spine.labels import CANAL, DISC, VERTEBRA

_KINDS = {VERTEBRA: {FRONT: "body", BACK: "posterior element"}, DISC: {FRONT: "disc"}}


@dataclass(frozen=True)
class Finding:
    """A failure.

    Attributes:
        row: for the results; names the smallest structure that has all of `leaves`.
        leaves: that the failure befell.
    """

    row: FailureRecord
    leaves: tuple[int, ...]


@dataclass(frozen=True)
class Matching:
    """What the failure modes look at.

    Attributes:
        structures: all of the data set, groups of several too.
        leaves: those that voxels are of: the smallest structure that has their value. `owner` counts in these.
        reference: pieces of the reference.
        prediction: pieces of the prediction.
        overlap: (predicted pieces + 1, reference pieces + 1) voxels that both have; row and column 0 are what is of no
            piece of the other.
        spacing_mm: size of a voxel along each axis.
        first_slice: sagittal slice of the whole image that the cut begins with.
    """

    structures: tuple[Structure, ...]
    leaves: tuple[Structure, ...]
    reference: Pieces
    prediction: Pieces
    overlap: np.ndarray
    spacing_mm: tuple[float, ...]
    first_slice: int

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel."""
        return float(np.prod(self.spacing_mm)) / 1000

    def group(self, name: str | None) -> list[int]:
        """Indices of the leaves of a group."""
        return [index for index, leaf in enumerate(self.leaves) if leaf.group == name]

    def peers(self, leaf: int) -> list[int]:
        """Indices of the leaves of the same group; the leaf alone where it is of no group."""
        group = self.leaves[leaf].group
        return [leaf] if group is None else self.group(group)

    def between(self, predicted: list[int], real: list[int]) -> np.ndarray:
        """Voxels that pieces of some predicted leaves have of some real ones: (predicted pieces, reference pieces)."""
        return self.overlap[np.ix_(self.prediction.of(predicted), self.reference.of(real))]

    def judged(self, leaf: int, part: int, options: FailureOptions) -> list[int]:
        """Pieces of the reference that are large enough to be judged, from below."""
        pieces = self.reference.of([leaf], part)
        largest = max((self.reference.voxels[piece] for piece in pieces), default=0)
        least = max(options.piece_ml / self.voxel_ml, options.piece_fraction * largest)
        large = [piece for piece in pieces if self.reference.voxels[piece] >= least]
        return sorted(large, key=lambda piece: self._height(self.reference.boxes[piece - 1]))

    def called(self, piece: int, options: FailureOptions) -> str:
        """What to call a piece of the reference: `body 4 of 7 from below`."""
        leaf, part = int(self.reference.owner[piece]), int(self.reference.part[piece])
        kinds = _KINDS.get(self.leaves[leaf].group, {})
        judged = self.judged(leaf, part, options)
        if len(judged) < 2 or piece not in judged:
            return f"the {kinds.get(part, 'piece')}"
        return f"{kinds.get(part, 'piece')} {judged.index(piece) + 1} of {len(judged)} from below"

    def smallest_with(self, leaves: Sequence[int]) -> Structure:
        """The smallest structure that has all of these leaves; the first leaf where none has."""
        values = {value for leaf in leaves for value in self.leaves[leaf].values}
        around = [one for one in self.structures if values <= set(one.values)]
        return min(around, key=lambda one: len(one.values), default=self.leaves[leaves[0]])

    def finding(
        self, mode: str, leaves: Sequence[int], amount: tuple[float, str], detail: str, where: tuple[Box, np.ndarray]
    ) -> Finding:
        """A failure with its row of the results.

        Args:
            mode: which failure.
            leaves: that it befell.
            amount: how much, and its unit.
            detail: a sentence.
            where: box, and bool in this box what the failure consists of; the slice with most of it is the one to show.
        """
        box, mask = where
        best = int(mask.sum(axis=(1, 2)).argmax()) + box[0].start + self.first_slice
        structure = self.smallest_with(leaves)
        row = FailureRecord(mode, structure.name, structure.level, float(amount[0]), amount[1], detail, best)
        return Finding(row, tuple(leaves))

    @staticmethod
    def _height(box: Box) -> int:
        return box[2].start + box[2].stop


def match_pieces(
    reference: np.ndarray,
    prediction: np.ndarray,
    spacing_mm: Sequence[float],
    structures: Sequence[Structure],
) -> Matching:
    """Find the pieces of both label maps.

    Voxels of the reference with a value of no structure, such as nnU-Net's ignore label, are background in both.

    Args:
        reference: integers (I, J, K) in RAS order.
        prediction: the same.
        spacing_mm: size of a voxel along each axis.
        structures: of the data set.

    Raises:
        ValueError: if the two differ in shape.
    """
    if reference.shape != prediction.shape or reference.ndim != 3:
        raise ValueError(
            "failures: expected reference and prediction of one shape (I, J, K), "
            f"got {reference.shape} and {prediction.shape}"
        )
    box = _bounding_box((reference != 0) | (prediction != 0))
    leaves, index_of = _leaves(structures)
    real, ignored = _owners(reference[box], index_of)
    predicted, _ = _owners(prediction[box], index_of)
    predicted[ignored] = 0
    behind = behind_canal_front(_is_of(real, leaves, CANAL))
    pieces = tuple(find_pieces(owners, behind & _is_of(owners, leaves, VERTEBRA)) for owners in (real, predicted))
    overlap = _overlap(*pieces)
    spacing_mm = tuple(float(mm) for mm in spacing_mm)
    return Matching(tuple(structures), leaves, *pieces, overlap, spacing_mm, box[0].start)


def _is_of(owners: np.ndarray, leaves: tuple[Structure, ...], group: str) -> np.ndarray:
    return np.array([False, *(leaf.group == group for leaf in leaves)])[owners]


def _leaves(structures: Sequence[Structure]) -> tuple[tuple[Structure, ...], dict[int, int]]:
    """The smallest structure with each value, and its index by value."""
    values = sorted({value for structure in structures for value in structure.values})
    smallest = [min((s for s in structures if value in s.values), key=lambda s: len(s.values)) for value in values]
    leaves = tuple(dict.fromkeys(smallest))
    return leaves, {value: leaves.index(leaf) for value, leaf in zip(values, smallest, strict=True)}


def _owners(labels: np.ndarray, index_of: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Index of the leaf plus 1 of every voxel, and where there is a value of none."""
    highest = max(int(labels.max(initial=0)), *index_of, 0)
    table = np.zeros(highest + 1, np.uint8)
    table[list(index_of)] = np.array(list(index_of.values())) + 1
    owners = table[labels]
    return owners, (owners == 0) & (labels != 0)


def _bounding_box(mask: np.ndarray) -> Box:
    """With a margin of a voxel, or the cut would be a single slice where the image is none, and have other surfaces."""
    spans = [np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    spans = [(int(span[0]), int(span[-1])) if span.size else (0, 0) for span in spans]
    return tuple(slice(max(a - 1, 0), min(b + 2, size)) for (a, b), size in zip(spans, mask.shape, strict=True))


def _overlap(reference: Pieces, prediction: Pieces) -> np.ndarray:
    """The joint histogram of both, without what is background in both."""
    there = (reference.ids > 0) | (prediction.ids > 0)
    columns = len(reference.voxels)
    pairs = prediction.ids[there].astype(np.int64) * columns + reference.ids[there]
    return np.bincount(pairs, minlength=len(prediction.voxels) * columns).reshape(-1, columns)
