"""What every random step shares: its grid, its switch, its noise.

A step is two functions. `sample_*` draws the parameters of `n` samples on the CPU, as a named tuple of tensors whose
first axis is the sample; `apply_*` is arithmetic without chance. Whoever keeps the parameters can make the image again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

from nnunet_spine.synth.operators import bspline_matrix

Params = TypeVar("Params", bound=tuple)


@dataclass(frozen=True)
class Grid:
    """The voxels of a sample: their number and distance (mm) along each axis; two axes or three, the slice's last."""

    size: tuple[int, ...]
    spacing_mm: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.size) not in (2, 3) or len(self.size) != len(self.spacing_mm):
            raise ValueError(f"grid: expected 2 or 3 sizes and as many spacings, got {self.size} and {self.spacing_mm}")
        if min(self.size) < 1 or not min(self.spacing_mm) > 0:
            raise ValueError(f"grid: expected sizes and spacings above 0, got {self.size} and {self.spacing_mm}")

    @property
    def dim(self) -> int:
        """Number of spatial axes."""
        return len(self.size)

    def splines(self, node_distance_mm: float) -> list[torch.Tensor]:
        """The matrices of a smooth field over this grid, one an axis."""
        return [bspline_matrix(n, node_distance_mm / mm) for n, mm in zip(self.size, self.spacing_mm, strict=True)]


def draw_on(probability: float, n: int, rng: torch.Generator) -> torch.Tensor:
    """Which of `n` samples a step happens to, bool (n,)."""
    return torch.rand(n, generator=rng) < probability


def draw_seeds(n: int, rng: torch.Generator) -> torch.Tensor:
    """Seeds of the noise of `n` samples, int64 (n,)."""
    return torch.randint(2**31, (n,), generator=rng)


def select(params: Params, index: torch.Tensor) -> Params:
    """The parameters of some samples."""
    return type(params)(*(value[index] for value in params))


def apply_where_on(x: torch.Tensor, params: Params, apply: Callable[..., torch.Tensor], *context: Any) -> torch.Tensor:
    """Apply a step to the samples whose `params.on` is set; the others stay bit-identical.

    The switch lies on the CPU like all parameters, so nothing waits for the device.
    """
    index = params.on.nonzero()[:, 0]
    if len(index) == 0:
        return x
    if len(index) == len(x):
        return apply(x, params, *context)
    where = index.to(x.device)
    return x.index_copy(0, where, apply(x.index_select(0, where), select(params, index), *context))


def per_sample(value: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Numbers (B,) on the device of x, shaped to act on (B, C, *S)."""
    return value.to(x.device, non_blocking=True).reshape(-1, *[1] * (x.ndim - 1))


def white_noise(seeds: torch.Tensor, shape: Sequence[int], device: torch.device, stream: int = 0) -> torch.Tensor:
    """Standard normal numbers (B, *shape); each sample has its own seed, so that it can be made again alone."""
    out = torch.empty(len(seeds), *shape, device=device)
    for sample, seed in zip(out, seeds.tolist(), strict=True):
        sample.normal_(generator=torch.Generator(device).manual_seed(seed + stream))
    return out
