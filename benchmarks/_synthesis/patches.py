"""What is augmented: patches as nnU-Net trains on them, label maps and images as its loader cuts them."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_spine.synth import Grid

BACKGROUND, VERTEBRA, CANAL, DISC = range(4)
TISSUES = (0, 1, 2, 3)
"""Tissue of each class, for the generator."""

MEANS = (0.35, 0.6, 0.8, 0.45)
LEVEL_MM, DISC_MM, BODY_MM, CANAL_MM = 36.0, 9.0, 34.0, 16.0

SIZES = {
    "2d": ((512, 320), (0.47, 0.47), 12),
    "3d": ((16, 320, 256), (4.0, 0.94, 0.94), 2),
}
"""Size, spacing (mm) and the batch size that nnU-Net plans for it."""


@dataclass(frozen=True)
class Patch:
    """A patch, and what nnU-Net's trainer derives from its size.

    Attributes:
        name: `2d` or `3d`.
        grid: of the network's input.
        batch: number of samples in a batch.
        input_size: of what the loader cuts.
        rotation: range of nnU-Net's rotation (radians).
        mirror_axes: axes that nnU-Net mirrors.
        slicewise: whether nnU-Net deforms slice by slice ("dummy 2D").
    """

    name: str
    grid: Grid
    batch: int
    input_size: tuple[int, ...]
    rotation: tuple[float, float]
    mirror_axes: tuple[int, ...]
    slicewise: bool

    @property
    def voxels(self) -> int:
        """Number of voxels of a sample."""
        return torch.Size(self.grid.size).numel()


def patch_of(name: str, shrink: int = 1) -> Patch:
    """One of the patches in `SIZES`; with `shrink` fewer and larger pixels, and fewer samples, for a quick look."""
    size, spacing, planned = SIZES[name]
    batch = max(1, planned // shrink)
    through = len(size) - 2
    size = (*size[:through], *(n // shrink for n in size[through:]))
    spacing = (*spacing[:through], *(mm * shrink for mm in spacing[through:]))
    plans = SimpleNamespace(patch_size=size)
    trainer = SimpleNamespace(configuration_manager=plans, print_to_log_file=lambda *_: None)
    rotation, slicewise, initial, mirror = nnUNetTrainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size(
        trainer
    )
    return Patch(name, Grid(size, spacing), batch, tuple(map(int, initial)), rotation, mirror, slicewise)


def draw_batch(patch: Patch, size: tuple[int, ...], n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Label maps int16 and images float32, (n, 1, *size) both: spines of blocks in noisy, uneven soft tissue."""
    rng = torch.Generator().manual_seed(0)
    labels = torch.stack([_blocks(patch, size, rng) for _ in range(n)])[:, None]
    coarse = torch.rand((n, 1, *(max(1, n // 16) for n in size)), generator=rng)
    mode = "bilinear" if len(size) == 2 else "trilinear"
    image = torch.nn.functional.interpolate(coarse, size, mode=mode)
    image += torch.tensor(MEANS)[labels.long()] + 0.05 * torch.randn(image.shape, generator=rng)
    return labels, (image - image.mean()) / image.std()


def _blocks(patch: Patch, size: tuple[int, ...], rng: torch.Generator) -> torch.Tensor:
    """A sagittal slice of vertebrae, discs and a canal behind them, in all slices but the outer ones."""
    rows, columns = (torch.arange(n) * mm for n, mm in zip(size[-2:], patch.grid.spacing_mm[-2:], strict=True))
    up, back = (20 * torch.rand(2, generator=rng) - 10).tolist()
    height = (rows + up)[:, None] % LEVEL_MM
    depth = (columns - columns.mean() + back)[None]
    within = (depth.abs() < BODY_MM / 2) & (height >= 0)
    slice_ = torch.full(size[-2:], BACKGROUND, dtype=torch.int16)
    slice_[within & (height >= DISC_MM)] = VERTEBRA
    slice_[within & (height < DISC_MM)] = DISC
    slice_[((depth > BODY_MM / 2) & (depth < BODY_MM / 2 + CANAL_MM)).expand(slice_.shape)] = CANAL
    volume = slice_.expand(size).clone()
    if len(size) == 3:
        volume[: size[0] // 4] = volume[-(size[0] // 4) :] = BACKGROUND
    return volume
