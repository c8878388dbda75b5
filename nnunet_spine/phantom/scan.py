"""Where the slices of a series lie, how fine they are, and how the file will be stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnunet_spine.phantom.anatomy import Anatomy
from nnunet_spine.phantom.geometry import Grid, rotation
from nnunet_spine.phantom.profile import heights
from nnunet_spine.phantom.protocols import Protocol

PIR_AXES = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Column i is the direction of array axis i: slices to the right, rows to the feet, columns to the back."""

Convention = Literal["LPS", "PIR"]


@dataclass(frozen=True)
class Size:
    """How large the arrays of one kind of series become.

    Attributes:
        rows: number of rows; None for as many as `pixel_mm` asks for.
        columns: number of columns.
        pixel_mm: wanted pixel size where `rows` is None.
        slice_mm: slice spacing; None for the protocol's.
        thickness_mm: slice thickness; None for the protocol's.
        coverage_mm: from the first to the last slice.
        below_mm: range of how much is seen below the sacrum's upper end plate.
        subslices: planes that a slice is averaged from.
        supersampling: fine elements per pixel and direction.
        readout: share of the k-space columns that is sampled.
    """

    rows: int | None
    columns: int
    pixel_mm: float
    slice_mm: float | None
    thickness_mm: float | None
    coverage_mm: float
    below_mm: tuple[float, float]
    subslices: int
    supersampling: int
    readout: float


SIZES: dict[str, tuple[Size, Size]] = {
    "tiny": (
        Size(None, 48, 3.6, 12.0, 4.0, 36.0, (42.0, 52.0), 1, 1, 1.0),
        Size(None, 56, 3.2, 12.0, 4.0, 36.0, (42.0, 52.0), 1, 1, 1.0),
    ),
    "small": (
        Size(None, 112, 1.55, 4.4, 4.0, 46.0, (42.0, 52.0), 3, 2, 1.0),
        Size(None, 128, 1.35, 2.2, 2.0, 50.0, (42.0, 52.0), 2, 2, 1.0),
    ),
    "full": (
        Size(448, 448, 0.625, None, None, 74.0, (60.0, 85.0), 3, 2, 0.85),
        Size(640, 512, 0.46875, 0.9, 0.9, 88.0, (55.0, 75.0), 1, 1, 0.7),
    ),
}
"""Sizes of T1 and T2, and of T2 SPACE; the tiny one is for trying commands, not for looking at.

SPACE is acquired with half the matrix and interpolated, so that its pixels are already fine; `readout` says so.
"""


@dataclass(frozen=True)
class Scan:
    """The geometry that all series of one acquisition share.

    Attributes:
        grid: slices to the right, rows to the feet, columns to the back.
        thickness_mm: extent of the slice profile.
        size: how it is sampled.
        convention: how the file is stored.
        covered: bool (rows, columns); False where a file in LPS has only padding.
    """

    grid: Grid
    thickness_mm: float
    size: Size
    convention: Convention
    covered: np.ndarray


def plan_scan(anatomy: Anatomy, protocol: Protocol, size: str) -> Scan:
    """Place the slices of T1 and T2 together, or those of T2 SPACE.

    Every fourth patient's T1 and T2 are stored as PIR, like all SPACE series; the others as LPS. The slices of a PIR
    file are tilted by a few degrees; those of an LPS file are upright, and padded as if turned upright afterwards.
    """
    space = protocol.sequence == "t2_SPACE"
    plan = SIZES[size][space]
    rng = anatomy.patient.rng(5 if space else 4)
    convention: Convention = "PIR" if space or anatomy.patient.number % 4 == 2 else "LPS"
    top, bottom = _vertical_range(anatomy, plan, rng)
    rows = plan.rows or 8 * int(np.ceil((top - bottom) / plan.pixel_mm / 8))
    pixel = (top - bottom) / rows
    step = plan.slice_mm or protocol.gap_mm
    slices = 1 + round(plan.coverage_mm / step)
    spacing = np.array([step, pixel, pixel])
    shape = (slices, rows, plan.columns)
    back = _back_edge(anatomy, (bottom, top), plan.columns * pixel, rng)
    centre = np.array([rng.normal(0, 1.5), back - 0.5 * plan.columns * pixel, 0.5 * (top + bottom)])
    tilt, turn, lean = np.radians([1.6, 1.8, 1.4]) * rng.standard_normal(3) * (convention == "PIR")
    axes = rotation(tilt, turn, lean) @ PIR_AXES
    grid = Grid(centre - axes @ (0.5 * spacing * (np.array(shape) - 1)), axes, spacing, shape)
    covered = np.ones(shape[1:], bool) if convention == "PIR" else _covered(shape[1:], rng)
    return Scan(grid, plan.thickness_mm or protocol.thickness_mm, plan, convention, covered)


def _vertical_range(anatomy: Anatomy, plan: Size, rng: np.random.Generator) -> tuple[float, float]:
    """Top and bottom of the field of view: the highest level that counts is seen to three quarters at least."""
    highest = anatomy.spine.vertebrae[anatomy.patient.visible_levels - 1]
    top = highest.frame.to_world((0, 0, highest.half_height_mm * rng.uniform(0.5, 1.9)))[2]
    return float(top), -float(rng.uniform(*plan.below_mm)) * anatomy.patient.scale


def _back_edge(anatomy: Anatomy, z_range: tuple[float, float], width: float, rng: np.random.Generator) -> float:
    """Position of the last column: behind the skin, unless that would cut off the front of the spine."""
    seen = (heights() > z_range[0]) & (heights() < z_range[1])
    profile = anatomy.profile
    return float(min(profile.skin_y[seen].max() + rng.uniform(4, 18), profile.front_y[seen].min() - 16 + width))


def _covered(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """What a slice turned by a small angle covers of the upright slice; the front may be cut."""
    angle = np.radians(1.5) * rng.standard_normal()
    row, column = np.ogrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    down = row * np.cos(angle) + column * np.sin(angle) * shape[1] / shape[0]
    back = column * np.cos(angle) - row * np.sin(angle) * shape[0] / shape[1]
    front = -1.02 + 0.25 * max(0.0, rng.uniform(-1, 1))
    return (np.abs(down) < 1.0) & (back > front) & (back < 1.01)
