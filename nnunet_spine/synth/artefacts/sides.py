"""What the steps that act along one axis of the slice share: which axis, which side, and one image after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import torch

Params = TypeVar("Params", bound=tuple)


def draw_axis(n: int, rng: torch.Generator) -> torch.Tensor:
    """One of the two axes of the slice for each of `n` samples: -2 or -1, int64 (n,)."""
    return torch.randint(-2, 0, (n,), generator=rng)


def draw_side(n: int, rng: torch.Generator) -> torch.Tensor:
    """Which end of its axis, bool (n,); true for the far one."""
    return torch.rand(n, generator=rng) < 0.5


def along(axis: int, values: torch.Tensor) -> torch.Tensor:
    """Numbers (N,) shaped to act along the axis -2 or -1 of an image."""
    return values.reshape(-1, *[1] * (-1 - axis))


def one_by_one(x: torch.Tensor, params: Params) -> Iterator[tuple[torch.Tensor, Params]]:
    """Every image of x (B, C, *S), as a view (1, C, *S), with its parameters as Python numbers.

    These steps are rare, so of a batch they get an image or two, each with its own axis.
    """
    numbers = zip(*(value.tolist() for value in params), strict=True)
    return zip(x.split(1), map(type(params)._make, numbers), strict=True)
