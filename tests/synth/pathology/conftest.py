"""A spine of blocks, and what the tests ask of it. Rows are craniocaudal, columns anteroposterior, in mm."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from nnunet_spine.synth.config.pathology import PathologyConfig
from nnunet_spine.synth.pathology import Lesion, PathologyParams, displace, locate, paint, sample_pathology
from nnunet_spine.synth.pathology.kinds import KINDS
from nnunet_spine.synth.steps import Grid, Layout
from nnunet_spine.synth.tissues import CANAL, DISC, UNLABELLED, VERTEBRA

NAMES = [kind.name for kind in KINDS]

BODY_MM, DISC_MM, DEPTH_MM = 28.0, 10.0, 36.0
CANAL_BEGINS_MM, CANAL_ENDS_MM = 20.0, 36.0
"""From the middle of the bodies; the gap behind the discs is 2 mm wide."""

DISC_AT_MM = 12.0
LEVEL_MM = BODY_MM + DISC_MM
"""The middle one of three discs is there from the centre of the map, below two vertebrae and above a third."""

ZERO = {
    "degeneration": {"height_loss": 0.0, "signal": 1.0},
    "herniation": {"depth_mm": 0.0},
    "stenosis": {"narrowing": 0.0},
    "fracture": {"height_loss": 0.0, "change": 0.0},
    "slip": {"slip_mm": 0.0},
    "schmorl": {"depth_mm": 0.0},
    "modic": {"change": 0.0},
    "susceptibility": {"distortion_mm": 0.0, "loss": 0.0},
    "metal": {"distortion_mm": 0.0, "loss": 0.0},
}
"""What makes every kind change nothing."""

LAYOUT = Layout(Grid((8, 8), (1.0, 1.0)), (8, 8), torch.arange(4), 1)


class Sick(NamedTuple):
    """What lesions made of a spine."""

    labels: torch.Tensor
    positions: torch.Tensor
    lesions: list[Lesion]


def spine(
    size_mm: tuple[float, float] = (160.0, 140.0), mm: float = 0.5, angle_deg: float = 0.0, slices: int = 0
) -> torch.Tensor:
    """Tissue map (1, 1, *T) of vertebrae, discs, canal and spinous processes, turned about the centre."""
    grid = grid_mm(tuple(int(extent / mm) for extent in size_mm), (mm, mm))[0]
    angle = math.radians(angle_deg)
    cc = grid[..., 0] * math.cos(angle) - grid[..., 1] * math.sin(angle) - DISC_AT_MM
    ap = grid[..., 0] * math.sin(angle) + grid[..., 1] * math.cos(angle)
    in_level = (cc + DISC_MM / 2) % LEVEL_MM
    column = torch.where(in_level < DISC_MM, DISC, VERTEBRA)
    spinal = (cc >= DISC_MM / 2 - 2 * LEVEL_MM) & (cc < LEVEL_MM + DISC_MM / 2)
    tissue = torch.where(spinal & (ap.abs() < DEPTH_MM / 2), column, UNLABELLED)
    tissue[(ap >= CANAL_BEGINS_MM) & (ap < CANAL_ENDS_MM)] = CANAL
    tissue[spinal & (ap >= 40) & (ap < 60) & ((in_level - 24).abs() < 8)] = VERTEBRA
    tissue = tissue.to(torch.uint8)[None, None]
    return tissue[:, :, None].repeat(1, 1, slices, 1, 1) if slices else tissue


def grid_mm(size: tuple[int, ...], spacing_mm: tuple[float, ...]) -> torch.Tensor:
    """Positions of the voxels of a map of that size, (1, *T, d)."""
    axes = [(torch.arange(n) - (n - 1) / 2) * mm for n, mm in zip(size, spacing_mm, strict=True)]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)[None]


def look_up_nearest(tissue: torch.Tensor, positions: torch.Tensor, spacing_mm: tuple[float, ...]) -> torch.Tensor:
    """Tissue at the positions, unlabelled beyond the map."""
    half = torch.tensor([max(n - 1, 1) / 2 * mm for n, mm in zip(tissue.shape[2:], spacing_mm, strict=True)])
    places = (positions / half.to(positions)).flip(-1).to(torch.float32)
    found = torch.nn.functional.grid_sample(tissue.float(), places, mode="nearest", align_corners=True)
    return found.to(torch.uint8)


def draw(n: int = 1, seed: int = 0, config: PathologyConfig | None = None) -> PathologyParams:
    """Lesions that are all off."""
    params = sample_pathology(config or PathologyConfig(), n, LAYOUT, torch.Generator().manual_seed(seed))
    return PathologyParams(*(kind._replace(on=torch.zeros(n, dtype=torch.bool)) for kind in params))


def only(
    name: str, n: int = 1, seed: int = 0, config: PathologyConfig | None = None, **values: float
) -> PathologyParams:
    """Lesions of one kind alone, in all samples, with some of its parameters given."""
    params = draw(n, seed, config)
    given = {
        key: torch.full((n,), value, dtype=getattr(getattr(params, name), key).dtype) for key, value in values.items()
    }
    return params._replace(**{name: getattr(params, name)._replace(on=torch.ones(n, dtype=torch.bool), **given)})


def sicken(tissue: torch.Tensor, params: PathologyParams, mm: float = 0.5) -> Sick:
    """Deform a spine by lesions."""
    spacing = (3.0,) * (tissue.ndim - 4) + (mm, mm)
    lesions = locate(tissue, params, spacing)
    positions = grid_mm(tuple(tissue.shape[2:]), spacing).repeat(len(tissue), *[1] * (tissue.ndim - 1))
    positions = displace(positions, lesions)
    return Sick(look_up_nearest(tissue, positions, spacing), positions, lesions)


def paint_on(tissue: torch.Tensor, params: PathologyParams, value: float = 0.5, mm: float = 0.5) -> torch.Tensor:
    """What the lesions paint on a spine of one signal."""
    sick = sicken(tissue, params, mm)
    return paint(torch.full(tissue.shape, value), sick.labels, sick.positions, sick.lesions)


def extent_mm(labels: torch.Tensor, tissue: int, row_mm: float, column_mm: float, axis: int, mm: float = 0.5) -> float:
    """Extent of a structure along an axis, of the piece that a place is in."""
    place = [int((at / mm) + n / 2) for at, n in zip((row_mm, column_mm), labels.shape[-2:], strict=True)]
    line = (labels[0, 0, :, place[1]] if axis == 0 else labels[0, 0, place[0]]) == tissue
    forth, back = line[place[axis] :], line[: place[axis]].flip(0)
    return float(forth.int().cumprod(0).sum() + back.int().cumprod(0).sum()) * mm


def border_mm(labels: torch.Tensor, tissue: int, row_mm: float, mm: float = 0.5) -> tuple[float, float]:
    """First and last column of a structure in a row."""
    row = labels[0, 0, int(row_mm / mm + labels.shape[-2] / 2)]
    columns = (row == tissue).nonzero()[:, 0]
    return tuple((float(end) - row.numel() / 2) * mm for end in (columns.min(), columns.max() + 1))
