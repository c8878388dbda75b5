"""Fluid loses signal and makes ghosts within the canal and from it alone."""

import math

import pytest
import torch

from nnunet_spine.synth.artefacts import (
    FlowVoidParams,
    PulsationParams,
    apply_flow_void,
    apply_pulsation,
    sample_flow_void,
)
from nnunet_spine.synth.config import FlowVoidConfig
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.tissues import NERVES

SIZE = (60, 48)
OUTSIDE, CANAL = 0, 2
ONE = torch.tensor([True])


def pulsation(strength: float, distance_mm: float, phase: float, axis: int) -> PulsationParams:
    numbers = (torch.tensor([value]) for value in (strength, distance_mm, phase))
    return PulsationParams(ONE, *numbers, torch.tensor([axis]))


def half_canal() -> torch.Tensor:
    """A canal with every other tissue beside it."""
    labels = (torch.arange(SIZE[0]) % 5)[:, None].repeat(1, 1, 1, SIZE[1])
    labels[labels == CANAL] = OUTSIDE
    labels[..., 20:30] = CANAL
    return labels


@pytest.mark.parametrize("part", [0, NERVES])
def test_signal_is_lost_in_patches_of_the_canal_only(part, layout_of, scene_of):
    layout, labels = layout_of(*SIZE), half_canal()
    settings = FlowVoidConfig(strength=uniform(0.8), size_mm=uniform(8))
    params = sample_flow_void(settings, 1, layout, torch.Generator().manual_seed(0))
    x = 0.5 + torch.rand(1, 1, *SIZE)
    left = apply_flow_void(x.clone(), params, scene_of(layout, labels, part)) / x
    assert left[labels != CANAL].eq(1).all()
    canal = left[labels == CANAL]
    assert canal.min() == pytest.approx(0.2, abs=0.01)
    assert canal.max() == pytest.approx(1, abs=0.01)
    assert canal.mean() == pytest.approx(0.6, abs=0.15)


def test_a_sixth_of_the_canal_loses_all_and_a_sixth_nothing(layout_of, scene_of):
    """The patch is cut where a normal field of deviation 1 leaves the range of -1 to 1."""
    layout, n = layout_of(*SIZE), 60
    settings = FlowVoidConfig(strength=uniform(1), size_mm=uniform(8))
    params = sample_flow_void(settings, n, layout, torch.Generator().manual_seed(0))
    left = apply_flow_void(torch.ones(n, 1, *SIZE), params, scene_of(layout, CANAL, batch=n))
    assert left.eq(0).float().mean() == pytest.approx(0.16, abs=0.02)
    assert left.eq(1).float().mean() == pytest.approx(0.16, abs=0.02)


@pytest.mark.parametrize("spacing_mm", [(0.5, 1.0), (4.0, 0.5, 1.0)])
def test_patches_are_as_far_apart_as_asked_for(spacing_mm, layout_of):
    layout = layout_of(*[8] * len(spacing_mm), spacing_mm=spacing_mm)
    params = sample_flow_void(FlowVoidConfig(size_mm=uniform(12)), 300, layout, torch.Generator().manual_seed(0))
    waves_per_mm = (params.frequency / torch.tensor(spacing_mm)).norm(dim=-1)
    assert waves_per_mm.mean() == pytest.approx(1 / 12, rel=0.02)
    assert 0.5 / 12 - 1e-6 <= waves_per_mm.min() <= waves_per_mm.max() <= 1.5 / 12 + 1e-6


def test_neighbouring_voxels_of_a_patch_are_alike(layout_of, scene_of):
    layout = layout_of(*SIZE)
    params = sample_flow_void(FlowVoidConfig(size_mm=uniform(20)), 1, layout, torch.Generator().manual_seed(0))
    full = FlowVoidParams(params.on, torch.ones(1), params.frequency, params.phase)
    left = apply_flow_void(torch.ones(1, 1, *SIZE), full, scene_of(layout, CANAL))
    steepest = 1.5 * 0.5 * math.sqrt(2 / 8) * 8 * 2 * math.pi / 20
    assert max(left.diff(dim=axis).abs().max() for axis in (-2, -1)) <= steepest
    assert left.std() > 0.2


@pytest.mark.parametrize("axis", [-2, -1])
@pytest.mark.parametrize("phase", [0.0, 1.0, math.pi / 2])
def test_the_ghosts_of_a_point_lie_at_the_distance_asked_for(axis, phase, layout_of, scene_of):
    layout = layout_of(*SIZE, spacing_mm=(0.5, 2.0))
    distance_mm = 9 * layout.grid.spacing_mm[axis]
    x = torch.zeros(1, 1, *SIZE)
    x[..., 25, 24] = 0.8
    y = apply_pulsation(x.clone(), pulsation(0.25, distance_mm, phase, axis), scene_of(layout, CANAL))
    expected = x + 0.25 * (x.roll(9, axis) + x.roll(-9, axis))
    torch.testing.assert_close(y, expected, rtol=1e-5, atol=1e-6)


def test_ghosts_are_those_of_a_modulated_k_space(layout_of, scene_of):
    labels, x, (s, d, phase) = half_canal(), torch.rand(1, 1, *SIZE), (0.2, 7, 0.9)
    y = apply_pulsation(x.clone(), pulsation(s, d, phase, -1), scene_of(layout_of(*SIZE), labels))
    factor = 2 * s * torch.cos(2 * math.pi * d * torch.fft.fftfreq(SIZE[1]) + phase)
    ghosts = torch.fft.ifft(torch.fft.fft(x * (labels == CANAL)) * factor)
    torch.testing.assert_close(y, (x + ghosts).abs(), rtol=1e-4, atol=1e-5)


def test_what_lies_outside_the_canal_makes_no_ghosts(layout_of, scene_of):
    labels = half_canal()
    x = torch.rand(1, 1, *SIZE) * (labels != CANAL)
    y = apply_pulsation(x.clone(), pulsation(0.5, 11, 0.3, -1), scene_of(layout_of(*SIZE), labels))
    torch.testing.assert_close(y, x)
