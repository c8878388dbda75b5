"""One synthetic volume from a labelled one."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from nnunet_spine.dataset_conversion.labelled import LabelledVolume
from nnunet_spine.synth import Grid, SynthConfig, SynthGenerator

HIGHEST = 4095
"""Largest stored intensity: 12 bits, as most scanners store."""


def seed_of(*what: str | int) -> int:
    """Seed of a random stream that depends on all that is named, and on nothing else.

    >>> seed_of(0, "1_t1", 0) == seed_of(0, "1_t1", 0) != seed_of(0, "1_t1", 1)
    True
    """
    digest = hashlib.sha256("/".join(map(str, what)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1  # 63 bits, so that it fits whatever reads the record


def slice_axis(size: Sequence[int], spacing_mm: Sequence[float]) -> int:
    """The axis across slices: that of a single slice, else that of the largest spacing, as nnU-Net plans."""
    return size.index(1) if 1 in size else max(range(len(size)), key=lambda axis: spacing_mm[axis])


def synthesise_volume(
    volume: LabelledVolume, tissues: Sequence[int], config: SynthConfig, dim: str, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Synthesise image and labels on the grid of a volume.

    Args:
        volume: what to start from.
        tissues: tissue of every label value.
        config: settings of the generator.
        dim: `3d` for the volume as a whole, `2d` for each slice on its own; a single slice is one in 2D anyway.
        seed: of everything random.

    Returns:
        Image (S, A, R) float32, and labels (S, A, R) int16 with -1 beyond the source's field of view.
    """
    axis = slice_axis(volume.image.shape, volume.spacing_mm)
    labels, image = (_slices_first(array, axis) for array in (volume.labels, volume.image))
    spacing_mm = (volume.spacing_mm[axis], *(mm for i, mm in enumerate(volume.spacing_mm) if i != axis))
    rng = torch.Generator().manual_seed(seed)
    with _one_thread():
        if dim == "3d" and len(labels) > 1:
            generator = SynthGenerator(tissues, Grid(tuple(labels.shape), spacing_mm), config)
            parts = [generator(labels[None, None], image[None, None], rng)]
        else:
            generator = SynthGenerator(tissues, Grid(tuple(labels.shape[1:]), spacing_mm[1:]), config)
            pairs = zip(labels, image, strict=True)
            parts = [generator(label[None, None], real[None, None], rng) for label, real in pairs]
    made = (torch.cat([part.image[0] for part in parts]), torch.cat([part.labels[0] for part in parts]))
    return tuple(_slices_back(array.reshape(labels.shape), axis) for array in made)


def stored_intensities(image: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Intensities as a scanner stores them: int16 from 1 to `HIGHEST`, and 0 beyond the field of view.

    nnU-Net crops the zeros around an image, and leaves them out of its Z-score where it crops more than a quarter of
    the images; elsewhere they are air, where the generator on the fly has the mean.
    """
    values = image[inside]
    if not values.size:
        return np.zeros(image.shape, np.int16)
    low, high = values.min(), values.max()
    scaled = np.rint((image - low) * ((HIGHEST - 1) / max(float(high - low), 1e-6))) + 1
    return np.where(inside, scaled, 0).astype(np.int16)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Sums depend on how many threads share them, and images must not depend on where they are made."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _slices_first(array: np.ndarray, axis: int) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(array, axis, 0)))


def _slices_back(array: torch.Tensor, axis: int) -> np.ndarray:
    return np.moveaxis(array.numpy(), 0, axis)
