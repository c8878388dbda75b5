"""Profiles that are exactly 0 beyond a distance, so that a lesion leaves everything else as it was."""

from __future__ import annotations

from nnunet_spine.synth.pathology.arrays import Array, Number

_REACH_OF_WIDTH = 0.924


def plateau(distance: Array, flat: Number, fall: Number) -> Array:
    """1 up to a distance `flat` to either side, 0 from `flat + fall` on, and (1 - t^2)^2 between."""
    t = abs(distance)
    t -= flat
    t /= fall
    t = t.clip(0, 1)
    t *= t
    t -= 1
    t *= t
    return t


def bump(distance: Array, width: Number) -> Array:
    """A plateau of no length whose full width at half maximum is `width`."""
    return plateau(distance, 0, bump_reach(width))


def bump_reach(width: Number) -> Number:
    """The distance from which on a bump is 0."""
    return _REACH_OF_WIDTH * width


def dome(distance: Array, width: Number) -> Array:
    """Half an ellipse, 0 from half the width on: sqrt(1 - t^2)."""
    t = distance / (width / 2)
    t *= t
    return (1 - t).clip(0) ** 0.5


def ramp(distance: Array, half: Number) -> Array:
    """0 below -half, 1 above half, and a straight line between."""
    t = distance / (2 * half)
    t += 0.5
    return t.clip(0, 1)
