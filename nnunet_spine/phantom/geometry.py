"""Coordinates of the phantom: rigid frames, sampling grids, and the distance functions shapes are made of.

World coordinates are DICOM's and ITK's: x to the left, y to the back, z to the head, in mm. The local axes of a frame
follow the same sense: u left, v back, w head. Arrays of a grid are (slice, row, column): right, feet, back.
Distances are negative inside and exact only near the surface, which is all that a wall thickness or a rounding needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Coordinates = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Three arrays of one shape, in mm."""


@dataclass(frozen=True)
class Frame:
    """A rigid frame in world coordinates.

    Attributes:
        origin_mm: (3,) position of the local origin.
        axes: (3, 3) orthonormal; column i is local axis i in world coordinates.
    """

    origin_mm: np.ndarray
    axes: np.ndarray

    def to_local(self, points: Coordinates) -> Coordinates:
        """World to local coordinates, element by element."""
        x, y, z = (p - np.float32(o) for p, o in zip(points, self.origin_mm, strict=True))
        axes = self.axes.astype(np.float32)
        u, v, w = (axes[0, i] * x + axes[1, i] * y + axes[2, i] * z for i in range(3))
        return u, v, w

    def to_world(self, points: Sequence[float] | np.ndarray) -> np.ndarray:
        """Local points (..., 3) to world points (..., 3)."""
        return np.asarray(points, float) @ self.axes.T + self.origin_mm


@dataclass(frozen=True)
class Grid:
    """A regular sampling grid.

    Attributes:
        origin_mm: (3,) world position of the centre of element (0, 0, 0).
        axes: (3, 3) orthonormal; column i is the world direction of array axis i.
        spacing_mm: (3,) distance of neighbours along each array axis.
        shape: number of elements along each array axis.
    """

    origin_mm: np.ndarray
    axes: np.ndarray
    spacing_mm: np.ndarray
    shape: tuple[int, int, int]

    @property
    def matrix(self) -> np.ndarray:
        """(3, 3) index to world, the origin aside."""
        return self.axes * self.spacing_mm

    def coordinates(self) -> Coordinates:
        """World coordinates of all elements, float32 of the grid's shape."""
        i, j, k = np.ogrid[tuple(slice(n) for n in self.shape)]
        rows = self.matrix
        x, y, z = (
            (o + r[0] * i + r[1] * j + r[2] * k).astype(np.float32) for o, r in zip(self.origin_mm, rows, strict=True)
        )
        return x, y, z

    def to_index(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) to fractional indices (..., 3)."""
        return (points - self.origin_mm) @ np.linalg.inv(self.matrix).T

    def slab(self, index: int, thickness_mm: float, subslices: int, supersampling: int) -> Grid:
        """The fine grid that one slice is averaged from.

        Args:
            index: which slice.
            thickness_mm: extent of the slice profile; may be less (gap) or more than the slice spacing.
            subslices: planes across the thickness.
            supersampling: fine elements per pixel along rows and along columns.
        """
        fine = np.array([thickness_mm / subslices, *(self.spacing_mm[1:] / supersampling)])
        first = np.array(
            [index * self.spacing_mm[0] - 0.5 * (thickness_mm - fine[0]), *(0.5 * (fine[1:] - self.spacing_mm[1:]))]
        )
        shape = (subslices, self.shape[1] * supersampling, self.shape[2] * supersampling)
        return Grid(self.origin_mm + self.axes @ first, self.axes, fine, shape)

    def box(self, corners_mm: np.ndarray, margin_mm: float) -> tuple[slice, slice, slice] | None:
        """Index box that holds the hull of world points (n, 3) and a margin; None where it misses the grid."""
        index = self.to_index(corners_mm)
        margin = margin_mm / self.spacing_mm
        low = np.maximum(np.floor(index.min(0) - margin), 0).astype(int)
        high = np.minimum(np.ceil(index.max(0) + margin) + 1, self.shape).astype(int)
        if np.any(low >= high):
            return None
        return tuple(slice(a, b) for a, b in zip(low, high, strict=True))


def rotation(tilt_rad: float = 0.0, turn_rad: float = 0.0, lean_rad: float = 0.0) -> np.ndarray:
    """Rotation matrix (3, 3) of a frame.

    Args:
        tilt_rad: forward bend, moves the head end of w to the front.
        turn_rad: axial turn, moves the left end of u to the back.
        lean_rad: sideways bend, moves the head end of w to the left.
    """
    ct, st, ca, sa, cl, sl = (f(a) for a in (tilt_rad, turn_rad, lean_rad) for f in (np.cos, np.sin))
    tilt = np.array([[1, 0, 0], [0, ct, -st], [0, st, ct]])
    turn = np.array([[ca, -sa, 0], [sa, ca, 0], [0, 0, 1]])
    lean = np.array([[cl, 0, sl], [0, 1, 0], [-sl, 0, cl]])
    return lean @ tilt @ turn


FAR_MM = np.float32(1e3)


def evaluate(distance: Callable[[Coordinates], np.ndarray], points: Coordinates, where: np.ndarray) -> np.ndarray:
    """A distance function where it matters, `FAR_MM` elsewhere."""
    result = np.full(where.shape, FAR_MM, np.float32)
    result[where] = distance(tuple(p[where] for p in points))
    return result


def smooth_max(a: np.ndarray, b: np.ndarray, radius_mm: float) -> np.ndarray:
    """Intersection of two shapes with the edge between them rounded."""
    h = np.maximum(radius_mm - np.abs(a - b), 0)
    return np.maximum(a, b) + h * h * np.float32(0.25 / radius_mm)


def smooth_min(a: np.ndarray, b: np.ndarray, radius_mm: float) -> np.ndarray:
    """Union of two shapes with the groove between them filled."""
    h = np.maximum(radius_mm - np.abs(a - b), 0)
    return np.minimum(a, b) - h * h * np.float32(0.25 / radius_mm)


def ellipsoid(points: Coordinates, centre: Sequence[float], radii: Sequence[float]) -> np.ndarray:
    """Approximate distance to an axis-aligned ellipsoid."""
    square = sum(((p - np.float32(c)) * np.float32(1 / r)) ** 2 for p, c, r in zip(points, centre, radii, strict=True))
    return (np.sqrt(square) - 1) * np.float32(min(radii))


def capsule(points: Coordinates, start: Sequence[float], end: Sequence[float], radii: Sequence[float]) -> np.ndarray:
    """Approximate distance to a segment thickened by an ellipsoid of the given radii along u, v and w."""
    a, b = np.asarray(start, np.float32), np.asarray(end, np.float32)
    axis = b - a
    p = [q - o for q, o in zip(points, a, strict=True)]
    t = np.clip(sum(q * d for q, d in zip(p, axis, strict=True)) * np.float32(1 / max(axis @ axis, 1e-9)), 0, 1)
    square = sum(((q - t * d) * np.float32(1 / r)) ** 2 for q, d, r in zip(p, axis, radii, strict=True))
    return (np.sqrt(square) - 1) * np.float32(min(radii))
