"""Profiles that are exactly 0 beyond a distance, so that a lesion leaves everything else as it was."""

from __future__ import annotations

import torch

Number = float | torch.Tensor
"""A number, or a tensor of one element on the device."""

STEEPEST = 1.54
"""Largest slope of a profile, relative to the inverse of the distance over which it falls: 8 / (3 sqrt 3)."""

_REACH_OF_WIDTH = 0.924


def plateau(distance: torch.Tensor, flat: Number, fall: Number) -> torch.Tensor:
    """1 up to a distance `flat` to either side, 0 from `flat + fall` on, and (1 - t^2)^2 between."""
    t = distance.abs().sub_(flat).clamp_(min=0).div_(fall).clamp_(max=1)
    return t.square_().neg_().add_(1).square_()


def bump(distance: torch.Tensor, width: Number) -> torch.Tensor:
    """A plateau of no length whose full width at half maximum is `width`."""
    return plateau(distance, 0, bump_reach(width))


def bump_reach(width: Number) -> Number:
    """The distance from which on a bump is 0."""
    return _REACH_OF_WIDTH * width


def dome(distance: torch.Tensor, width: Number) -> torch.Tensor:
    """Half an ellipse, 0 from half the width on: sqrt(1 - t^2)."""
    return distance.div(width / 2).square_().neg_().add_(1).clamp_(min=0).sqrt_()


def ramp(distance: torch.Tensor, half: Number) -> torch.Tensor:
    """0 below -half, 1 above half, and t^2 (3 - 2 t) between."""
    t = distance.div(2 * half).add_(0.5).clamp_(0, 1)
    return t.square().mul_(t.mul_(-2).add_(3))
