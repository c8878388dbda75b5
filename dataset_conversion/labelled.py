"""A training case of a raw data set as arrays in one orientation, and back to its file's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from nibabel.orientations import apply_orientation, io_orientation, ornt_transform

from nnunet_spine.dataset_conversion.reading import finite_intensities, read_volume
from nnunet_spine.dataset_conversion.volume import Volume, canonical, grid_difference
from nnunet_spine.plumbing.datasets import RawCase

SUPERIOR, ANTERIOR, RIGHT = range(3)
"""Where the axes of the arrays lead to: the order of nnU-Net's NibabelIOWithReorient."""

T = TypeVar("T")

_RAS = np.array([[0, 1], [1, 1], [2, 1]])


@dataclass(frozen=True)
class LabelledVolume:
    """An image and its label map, whatever their files' orientation with axes towards head, front and right.

    Attributes:
        name: of the case.
        image: (S, A, R) float32, finite.
        labels: (S, A, R) int16.
        spacing_mm: distance of voxels along each axis.
        affine: (4, 4) of the image file, voxel index -> millimetres in RAS+.
    """

    name: str
    image: np.ndarray
    labels: np.ndarray
    spacing_mm: tuple[float, float, float]
    affine: np.ndarray

    def as_stored(self, array: np.ndarray) -> Volume:
        """An array like image or labels in the order and with the geometry of the image file."""
        back = ornt_transform(_RAS, io_orientation(self.affine))
        return Volume(np.asfortranarray(apply_orientation(array.transpose(), back)), self.affine)


def read_labelled(case: RawCase, labels: Mapping[str, int | Sequence[int]]) -> LabelledVolume:
    """Read a case of one channel.

    Args:
        case: the files.
        labels: those of the data set's dataset.json.

    Raises:
        ValueError: naming the file, if one cannot be read, the two do not lie on one grid, the image holds a value
            that is not finite, or the label map one that is not among the labels.
    """
    image = _of(case.images[0], lambda: read_volume(case.images[0]))
    mask = _of(case.label, lambda: read_volume(case.label))
    difference = grid_difference(image.grid, mask.grid)
    if difference:
        raise ValueError(f"{case.label}: {difference}")
    upright = canonical(image)
    return LabelledVolume(
        name=case.name,
        image=_of(case.images[0], lambda: finite_intensities(upright.data.transpose())),
        # The image's geometry for both, so that rounding in the other header cannot turn the two apart.
        labels=_of(case.label, lambda: _known(canonical(Volume(mask.data, image.affine)).data.transpose(), labels)),
        spacing_mm=upright.grid.spacing_mm[::-1],
        affine=image.affine,
    )


def _of(path: Path, step: Callable[[], T]) -> T:
    try:
        return step()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _known(values: np.ndarray, labels: Mapping[str, int | Sequence[int]]) -> np.ndarray:
    known = {value for entry in labels.values() for value in ([entry] if isinstance(entry, int) else entry)}
    unknown = set(np.unique(values).tolist()) - known
    if unknown:
        found, expected = (", ".join(f"{value:g}" for value in sorted(some)) for some in (unknown, known))
        raise ValueError(f"expected the labels of dataset.json ({expected}), got {found}")
    return np.ascontiguousarray(values, np.int16)
