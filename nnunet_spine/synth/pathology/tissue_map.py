"""What lesions ask a batch of label maps: a random voxel of a structure, the way to the canal, what lies along a ray.

The first axis of everything is the lesion.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from nnunet_spine.synth.pathology.arrays import Array, namespace, shared
from nnunet_spine.synth.tissues import CANAL, DISC

COARSE_MM = 1.5
"""Distance within the slice of the voxels that are looked at where this is precise enough."""

CANAL_WITHIN_MM = 45.0
DISC_WITHIN_MM = 20.0
"""Below the distance between two discs."""

GUESS_SHARE = 0.15
"""What the direction to the canal counts against the shape of the canal or the disc."""

LEAST_COSINE = 0.5
"""Of the angle between directions that should be about the same."""

STEP_MM = 0.5
RAY_MM = 60.0


class TissueMap:
    """Tissue maps.

    Args:
        tissue: uint8 (B, 1, *T).
        spacing_mm: distance of the voxels along each axis.
    """

    def __init__(self, tissue: torch.Tensor, spacing_mm: Sequence[float]) -> None:
        self.device = tissue.device
        self.xp = namespace(tissue.device)
        self.voxels = shared(tissue[:, 0])
        self.size = tuple(tissue.shape[2:])
        self.spacing_mm = tuple(spacing_mm)

    def array(self, values: Sequence, whole: bool = False) -> Array:
        """Numbers as an array where the maps are, in single precision or whole."""
        if self.xp is np:
            return np.asarray(values, np.int64 if whole else np.float32)
        dtype = torch.int64 if whole else torch.float32
        return torch.tensor(values, dtype=dtype).to(self.device, non_blocking=True)

    def number(self, values: Array) -> Array:
        """An array in single precision."""
        return self.xp.asarray(values, dtype=self.xp.float32)

    def sign(self, values: Array) -> Array:
        """1 from 0 on, -1 below."""
        return self.number(values >= 0) * 2 - 1

    def pick(self, samples: Sequence[int], structures: Sequence[int], ranks: Array) -> tuple[Array, Array]:
        """A voxel of a structure for each of L lesions, among those that are about `COARSE_MM` apart.

        Args:
            samples: the sample of each.
            structures: the tissue of each.
            ranks: (L,) place among the voxels of the structure, from 0 to below 1.

        Returns:
            Whether there is one, (L,), and its position in mm from the centre, (L, d).
        """
        strides = _strides(self.spacing_mm)
        coarse = self.voxels[(slice(None), *(slice(None, None, stride) for stride in strides))]
        masks = self.xp.stack([coarse[s] == structure for s, structure in zip(samples, structures, strict=True)])
        lines, each = masks.reshape(len(masks), -1, masks.shape[-1]), self.array(range(len(masks)), whole=True)
        of_line = lines.sum(2)
        so_far = of_line.cumsum(1)
        wanted = self.xp.floor(ranks * so_far[:, -1]) + 1
        line = _first_reaching(so_far, wanted)
        voxel = _first_reaching(lines[each, line].cumsum(1), wanted - so_far[each, line] + of_line[each, line])
        index = [line, voxel] if masks.ndim == 3 else [line // masks.shape[2], line % masks.shape[2], voxel]
        sizes = zip(index, strides, self.size, self.spacing_mm, strict=True)
        position = [self.number(place * stride - (n - 1) / 2) * mm for place, stride, n, mm in sizes]
        return so_far[:, -1] > 0, self.xp.stack(position, 1)

    def directions(self, samples: Sequence[int], at_mm: Array) -> tuple[Array, Array, Array]:
        """Anteroposterior directions within the slice at positions (L, d), on the side where the canal is.

        The first is across the canal, the second along the disc: of the second moments of their voxels around the
        position, weighted by a smooth function of the distance.

        Returns:
            Whether there is a canal in the first direction, (L,), and the two directions, unit vectors (L, 2).
        """
        around = _around(self.spacing_mm, self.size, self.device)
        places = [self._place(at_mm[:, k, None], k) + steps for k, steps in enumerate(around.steps)]
        tissue = self._look_up(samples, places)
        canal, disc = (
            self.xp.asarray(tissue == structure, dtype=basis.dtype) @ basis
            for structure, basis in ((CANAL, around.canal), (DISC, around.disc))
        )
        length = self.xp.sqrt(canal[:, 1] ** 2 + canal[:, 2] ** 2)
        towards = canal[:, 1:3] / length.clip(1e-6)[:, None]
        along_canal = self._principal_axis(canal, self.xp.stack((-towards[:, 1], towards[:, 0]), 1))
        across_canal = self.xp.stack((along_canal[:, 1], -along_canal[:, 0]), 1)
        along_disc = self._principal_axis(disc, across_canal)
        behind = (length > STEP_MM * canal[:, 0]) & ((across_canal * towards).sum(1) > LEAST_COSINE)
        return behind, self.number(across_canal), self.number(along_disc)

    def along(self, samples: Sequence[int], start_mm: Array, directions: Array) -> Array:
        """Tissue at every `STEP_MM` of rays within the slice, from the start on.

        Args:
            samples: the sample of each lesion.
            start_mm: (L, d).
            directions: (L, R, 2).

        Returns:
            uint8 (L, R, N), unlabelled beyond the map.
        """
        steps = _steps(self.device)
        points = [start_mm[:, k, None, None] for k in range(len(self.size))]
        points[-2] = points[-2] + directions[:, :, :1] * steps
        points[-1] = points[-1] + directions[:, :, 1:] * steps
        return self._look_up(samples, [self._place(point, k) for k, point in enumerate(points)])

    def _place(self, position_mm: Array, axis: int) -> Array:
        """Which voxel of an axis positions are in."""
        return self.xp.floor(position_mm / self.spacing_mm[axis] + self.size[axis] / 2)

    def _look_up(self, samples: Sequence[int], places: Sequence[Array]) -> Array:
        """Tissue at the places (L, ...) along each axis; unlabelled beyond the map."""
        index, inside = self.array(samples, whole=True).reshape(-1, *[1] * (places[0].ndim - 1)), True
        for place, n in zip(places, self.size, strict=True):
            within = place.clip(0, n - 1)
            inside = (within == place) & inside
            index = index * n + self.xp.asarray(within, dtype=self.xp.int64)
        return self.xp.take(self.voxels, index) * inside

    def _principal_axis(self, sums: Array, guess: Array) -> Array:
        """Direction of the longest axis of sums (L, 6) of 1, x, y, xx, xy, yy, nearest to a guess (L, 2).

        The guess decides where no axis is longest.
        """
        _, x, y, xx, xy, yy = sums.T / sums[:, 0].clip(1e-6)
        xx, xy, yy = xx - x * x, xy - x * y, yy - y * y
        x, y = guess.T
        share = GUESS_SHARE * (xx + yy + 1e-6)
        angle = self.xp.arctan2(2 * (xy + share * x * y), xx - yy + share * (x * x - y * y)) / 2
        axis = self.xp.stack((self.xp.cos(angle), self.xp.sin(angle)), 1)
        return axis * self.sign((axis * guess).sum(1))[:, None]


def stays_mm(inside: Array) -> Array:
    """How far rays (..., N) stay in what they begin in; 0 where they do not begin in it."""
    return (inside.cumprod(-1).sum(-1) * STEP_MM - STEP_MM / 2).clip(0)


def enters_and_leaves_mm(inside: Array) -> tuple[Array, Array]:
    """Where rays (..., N) first enter something, and leave it again; their length where they never do."""
    before = (~inside).cumprod(-1)
    return stays_mm(before), stays_mm(inside | (before > 0))


def _first_reaching(so_far: Array, wanted: Array) -> Array:
    """Place in growing rows (L, N) of the first number that is not below the wanted one (L,)."""
    return (so_far < wanted[:, None]).sum(1).clip(0, so_far.shape[1] - 1)


def _strides(spacing_mm: tuple[float, ...]) -> list[int]:
    inplane = [max(1, round(COARSE_MM / mm)) for mm in spacing_mm[-2:]]
    return [1] * (len(spacing_mm) - 2) + inplane


class _Around(NamedTuple):
    """Voxels around one, all within `CANAL_WITHIN_MM` and about `COARSE_MM` apart.

    Attributes:
        steps: number of voxels to go along each axis, (P,).
        canal: weight w, w x, w y, w x x, w x y and w y y of each, (P, 6); x and y are the distances within the slice.
            In double precision, so that sums do not depend on how many lesions are summed over together.
        disc: the same with other weights.
    """

    steps: list[Array]
    canal: Array
    disc: Array


@lru_cache(maxsize=8)
def _around(spacing_mm: tuple[float, ...], size: tuple[int, ...], device: torch.device) -> _Around:
    """Weights are (1 - r^2 / R^2)^2."""
    axes = []
    for mm, stride, n in zip(spacing_mm, _strides(spacing_mm), size, strict=True):
        count = min(int(CANAL_WITHIN_MM / mm), n) // stride
        axes.append(torch.arange(-count, count + 1) * stride)
    steps = torch.stack([step.flatten() for step in torch.meshgrid(*axes, indexing="ij")]).float()
    offsets = steps * torch.tensor(spacing_mm)[:, None]
    squared = offsets.square().sum(0)
    near = squared < CANAL_WITHIN_MM**2
    steps, squared, (x, y) = steps[:, near], squared[near], offsets[-2:, near]
    x, y, squared = x.double(), y.double(), squared.double()
    terms = torch.stack((torch.ones_like(x), x, y, x * x, x * y, y * y), dim=1)
    canal, disc = (
        (1 - squared / r**2).clamp(min=0).square()[:, None] * terms for r in (CANAL_WITHIN_MM, DISC_WITHIN_MM)
    )
    double = torch.float32 if device.type == "mps" else torch.float64  # Apple's GPUs have none
    steps, canal, disc = steps.to(device), canal.to(device, double), disc.to(device, double)
    return _Around([shared(step) for step in steps], shared(canal), shared(disc))


@lru_cache(maxsize=8)
def _steps(device: torch.device) -> Array:
    """Distances of the points of a ray, (N,)."""
    return shared(torch.arange(0, RAY_MM, STEP_MM).to(device))
