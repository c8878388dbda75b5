"""A disturbed field around a source in a vertebra: distortion along readout, pile-up and loss of signal.

The field has the pattern of a magnetised sphere's, with the main field running craniocaudally, but falls off more
slowly, as that of something longer than a slice is thick; it is softened at its middle and ends at three radii:
v = A k a^2 N / Q^2 E^2 with N = 2 r^2 - 3 p^2, Q = r^2 + a^2, E = 1 - r^2 / 9 a^2, at a distance r, anteroposteriorly
p, from a source of radius a. Spins are seen beside their place by v along readout, and their signal is piled up or
spread by 1 + dv/dx.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from nnunet_spine.synth.config.pathology import SusceptibilityConfig
from nnunet_spine.synth.pathology.arrays import Array, Number
from nnunet_spine.synth.pathology.frame import Focus, Frame, Reach
from nnunet_spine.synth.pathology.kind import Kind, draw_ranks, draw_signs
from nnunet_spine.synth.pathology.profiles import plateau
from nnunet_spine.synth.pathology.seats import Seat
from nnunet_spine.synth.steps import draw_on

INVERTIBLE = 0.35
"""Largest displacement relative to the radius; the field's steepest slope is 2.25 times that ratio."""

_ENDS = 3.0
_SCALE = 1 / 0.412
"""k, the inverse of the largest value of the pattern."""

_VOID, _EDGE = 0.45, 0.25
"""Radius of the loss of signal relative to that of the field, and the distance over which it ends."""

_OVAL = 0.2
"""Share of the pattern in the shape of the loss, which is longer along the main field."""

_HALF_WIDTH_MM = 5.0


class SusceptibilityParams(NamedTuple):
    """Axis of readout in the slice, displacement either way, radius, share of the signal that is lost, (n,) each."""

    on: torch.Tensor
    rank: torch.Tensor
    readout: torch.Tensor
    distortion_mm: torch.Tensor
    radius_mm: torch.Tensor
    loss: torch.Tensor


class _Field(NamedTuple):
    """r^2, N, 1 / Q and E of every voxel, (*S) each, and A k a^2."""

    squared: Array
    numerator: Array
    inverse: Array
    ends: Array
    strength: Number


def sample(config: SusceptibilityConfig, n: int, rng: torch.Generator) -> SusceptibilityParams:
    """Draw the parameters of `n` samples; displacements that would fold the image are cut."""
    on, rank = draw_on(config.probability, n, rng), draw_ranks(n, rng)
    readout, sign = torch.randint(-2, 0, (n,), generator=rng), draw_signs(n, rng)
    radius_mm = config.radius_mm.sample((n,), rng)
    distortion_mm = torch.minimum(config.distortion_mm.sample((n,), rng), INVERTIBLE * radius_mm) * sign
    return SusceptibilityParams(on, rank, readout, distortion_mm, radius_mm, config.loss.sample((n,), rng))


def reach(params: SusceptibilityParams, focus: Focus) -> Reach:
    """See `Kind`."""
    return _ENDS * params.radius_mm, _ENDS * params.radius_mm


def displace(frame: Frame, params: SusceptibilityParams) -> None:
    """Let every voxel look for the spins that are seen in it."""
    field = _field(frame, params)
    shift = field.numerator * field.inverse * field.inverse
    shift *= field.ends
    shift *= field.ends
    shift *= field.strength
    frame.positions[..., params.readout] += frame.over_slices(shift, _HALF_WIDTH_MM)


def paint(x: Array, tissue: Array, frame: Frame, params: SusceptibilityParams) -> None:
    """Pile up the signal, and take it away at the source."""
    field = _field(frame, params)
    x *= 1 + frame.over_slices(_slope(frame, field, params), _HALF_WIDTH_MM)
    oval = (field.squared - _OVAL * field.numerator) ** 0.5
    lost = plateau(oval, _VOID * params.radius_mm, _EDGE * params.radius_mm)
    lost *= frame.focus.present * -params.loss
    x *= 1 + frame.over_slices(lost, _HALF_WIDTH_MM)


def _field(frame: Frame, params: SusceptibilityParams) -> _Field:
    anteroposterior = frame.ap * frame.ap
    squared = frame.cc * frame.cc
    squared += anteroposterior
    return _Field(
        squared,
        2 * squared - 3 * anteroposterior,
        1 / (squared + params.radius_mm**2),
        (1 - squared / (_ENDS * params.radius_mm) ** 2).clip(0),
        frame.focus.present * (params.distortion_mm * _SCALE * params.radius_mm**2),
    )


def _slope(frame: Frame, field: _Field, params: SusceptibilityParams) -> Array:
    """dv/dx = A k a^2 E / Q^2 (E (N' - 4 x N / Q) - 4 x N / 9 a^2), where N' = 4 x - 6 p p'."""
    x = frame.positions[..., params.readout] - frame.focus.centre_mm[params.readout]
    x *= 4
    of_length = field.numerator * x
    slope = x - frame.ap * (6 * frame.focus.ap[params.readout])
    slope -= of_length * field.inverse
    slope *= field.ends
    slope -= of_length / (_ENDS * params.radius_mm) ** 2
    slope *= field.ends
    slope *= field.inverse * field.inverse
    slope *= field.strength
    return slope


KIND = Kind("susceptibility", Seat.BONE, sample, reach, displace, paint)
