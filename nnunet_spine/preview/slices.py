"""The slice of a case that is shown, and synthetic images of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from nnunet_spine.dataset_conversion.labelled import ANTERIOR, RIGHT, SUPERIOR, LabelledVolume
from nnunet_spine.synth import Grid, SynthConfig, SynthGenerator
from nnunet_spine.synthesis.volume import slice_axis

PLANES = {"sagittal": RIGHT, "coronal": ANTERIOR, "axial": SUPERIOR}
"""The axis across the slices of each plane."""

_LARGE = 256


@dataclass(frozen=True)
class Slice:
    """One slice of a case.

    Attributes:
        case: name of the case.
        plane: name of the plane.
        number: of the slice, from 0.
        image: (H, W) float32.
        labels: (H, W) int16.
        spacing_mm: along both axes.
    """

    case: str
    plane: str
    number: int
    image: np.ndarray
    labels: np.ndarray
    spacing_mm: tuple[float, float]

    def coarser(self) -> Slice:
        """Every second voxel of a large slice, for what need not be looked at; a small one itself."""
        if min(self.image.shape) < _LARGE:
            return self
        image, labels = (np.ascontiguousarray(array[::2, ::2]) for array in (self.image, self.labels))
        return replace(self, image=image, labels=labels, spacing_mm=tuple(2 * mm for mm in self.spacing_mm))

    @property
    def extent_mm(self) -> tuple[float, float]:
        """Height and width."""
        return tuple(n * mm for n, mm in zip(self.image.shape, self.spacing_mm, strict=True))


def choose_slice(volume: LabelledVolume, plane: str | None = None, number: int | None = None) -> Slice:
    """A slice of a volume: by default one of the best resolution, in the middle of what is labelled.

    Raises:
        ValueError: for a number beyond the volume, or a volume without labels where none is given.
    """
    axis = slice_axis(volume.image.shape, volume.spacing_mm) if plane is None else PLANES[plane]
    plane = next(name for name, across in PLANES.items() if across == axis)
    count = volume.image.shape[axis]
    if number is None:
        number = _middle(volume, axis)
    elif number >= count:
        raise ValueError(f"slice: expected less than {count}, the {plane} slices of {volume.name}, got {number}")
    image, labels = (np.ascontiguousarray(array.take(number, axis)) for array in (volume.image, volume.labels))
    spacing_mm = tuple(mm for i, mm in enumerate(volume.spacing_mm) if i != axis)
    return Slice(volume.name, plane, number, image, labels, spacing_mm)


class Synthesiser:
    """Makes synthetic images of one slice.

    Args:
        slice_: the slice.
        tissues: tissue of every label value.
    """

    def __init__(self, slice_: Slice, tissues: Sequence[int]) -> None:
        self.slice = slice_
        self.tissues = tissues
        self.labels, self.image = (torch.from_numpy(x)[None, None] for x in (slice_.labels, slice_.image))

    def __call__(self, config: SynthConfig, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Image float32 and labels int16 (H, W) each; labels are -1 beyond the field of view."""
        generator = SynthGenerator(self.tissues, Grid(self.slice.image.shape, self.slice.spacing_mm), config)
        made = generator(self.labels, self.image, torch.Generator().manual_seed(seed))
        return made.image[0, 0].numpy(), made.labels[0, 0].numpy()


def _middle(volume: LabelledVolume, axis: int) -> int:
    """The slice that halves what is labelled; the fullest one where that one is empty."""
    others = tuple(i for i in range(3) if i != axis)
    counts = (volume.labels > 0).sum(others)
    if not counts.any():
        raise ValueError(f"{volume.name}: expected labelled voxels, found background only")
    middle = int(np.searchsorted(counts.cumsum(), counts.sum() / 2))
    return middle if counts[middle] else int(counts.argmax())
