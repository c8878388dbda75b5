"""What a kind of lesion is: a row of the table in `kinds`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from nnunet_spine.synth.pathology.arrays import Array
from nnunet_spine.synth.pathology.frame import Focus, Frame, Reach
from nnunet_spine.synth.pathology.seats import Seat


@dataclass(frozen=True)
class Kind:
    """A kind of lesion. Its functions see one sample, and only the voxels within its reach.

    Attributes:
        name: of its settings in `PathologyConfig`, and of its parameters.
        seat: what its focus is the middle of.
        sample: (config, n, rng) -> parameters of n samples: a named tuple of tensors (n,), among them `on` and `rank`.
        reach: (params, focus) -> distances from the focus from which on nothing changes.
        displace: (frame, params) changes the positions of the frame in place.
        paint: (x, tissue, frame, params) changes the image (*S) in place.
    """

    name: str
    seat: Seat
    sample: Callable[[Any, int, torch.Generator], tuple]
    reach: Callable[[Any, Focus], Reach]
    displace: Callable[[Frame, Any], None] | None = None
    paint: Callable[[Array, Array, Frame, Any], None] | None = None


def draw_ranks(n: int, rng: torch.Generator) -> torch.Tensor:
    """Place of the focus among the voxels that it may be found from, (n,) from 0 to below 1."""
    return torch.rand(n, generator=rng)


def draw_signs(n: int, rng: torch.Generator) -> torch.Tensor:
    """1 or -1, (n,)."""
    return torch.randint(0, 2, (n,), generator=rng) * 2.0 - 1.0


def add_signal(x: Array, amount: Array) -> None:
    """Add to a magnitude image in place; no lesion makes it negative."""
    x += amount.clip(-x.clip(0), None)
