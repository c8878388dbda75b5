"""What k-space does to the image, against what the theory says."""

import math

import pytest
import torch

from nnunet_spine.synth.artefacts import (
    GibbsParams,
    MotionParams,
    SpikeParams,
    apply_gibbs,
    apply_motion,
    apply_spikes,
    sample_spikes,
)
from nnunet_spine.synth.artefacts.kspace import move_lines
from nnunet_spine.synth.config import SpikeConfig
from nnunet_spine.synth.ranges import uniform

ONE = torch.tensor([True])


def gaussian(n: int, width: float) -> torch.Tensor:
    return (-((torch.arange(n) - n // 2) ** 2) / (2 * width**2)).exp()


def motion(drift_mm: float = 0, amplitude_mm: float = 0, cycles: float = 1, axis: int = -1) -> MotionParams:
    numbers = (torch.tensor([value]) for value in (drift_mm, amplitude_mm, cycles, 0.4))
    return MotionParams(ONE, *numbers, torch.tensor([axis]))


@pytest.mark.parametrize("axis", [-2, -1])
@pytest.mark.parametrize("size", [(16, 17), (17, 16)])
def test_an_object_that_lies_elsewhere_all_the_time_is_seen_elsewhere(axis, size):
    x = torch.rand(2, 1, *size)
    moved = move_lines(x.clone(), torch.full((size[axis],), 3.0), axis)
    torch.testing.assert_close(moved, x.roll(3, axis), rtol=0, atol=1e-5)


@pytest.mark.parametrize("n", [24, 25])
def test_the_image_is_the_magnitude_of_k_space_with_turned_lines(n):
    x, position = torch.rand(1, 1, n, 7), torch.randn(n)
    turns = torch.exp(-2j * math.pi * (torch.arange(n) - n // 2) / n * position)
    kspace = torch.fft.fftshift(torch.fft.fft(x, dim=-2), dim=-2) * turns[:, None]
    expected = torch.fft.ifft(torch.fft.ifftshift(kspace, dim=-2), dim=-2).abs()
    moved = move_lines(x.clone(), position, -2)
    torch.testing.assert_close(moved, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(moved.square().sum(-2), x.square().sum(-2), rtol=1e-4, atol=1e-5)


def test_drift_blurs_a_gaussian_as_the_theory_says(layout_of, scene_of):
    """A phase that grows with the square of the frequency gives the variance s^2 an imaginary part d / pi."""
    n, width, drift = 256, 2.0, 30.0
    layout = layout_of(n, 4, spacing_mm=(0.5, 1.0))
    x = gaussian(n, width)[:, None].expand(1, 1, n, 4).contiguous()
    y = apply_motion(x.clone(), motion(drift_mm=drift * 0.5, axis=-2), scene_of(layout))
    wider = math.sqrt(width**2 + (drift / (math.pi * width)) ** 2)
    expected = gaussian(n, wider) * math.sqrt(width / wider)
    torch.testing.assert_close(y[0, 0, :, 1], expected, rtol=0, atol=1e-3)


def test_periodic_motion_makes_ghosts_as_many_voxels_away_as_there_are_cycles(layout_of, scene_of):
    n, cycles = 256, 40
    x = gaussian(n, 3.0).expand(1, 1, 2, n).contiguous()
    y = apply_motion(x.clone(), motion(amplitude_mm=0.5, cycles=cycles), scene_of(layout_of(2, n)))[0, 0, 0]
    near = [slice(n // 2 + place - 12, n // 2 + place + 13) for place in (-cycles, 0, cycles)]
    energy = [float(y[window].square().sum()) for window in near]
    assert energy[0] == pytest.approx(energy[2], rel=1e-2)
    assert energy[0] > 1e-3 * energy[1]
    assert float(y.square().sum()) - sum(energy) < 0.02 * energy[0]
    assert float(y.square().sum()) == pytest.approx(float(x[0, 0, 0].square().sum()), rel=1e-4)


@pytest.mark.parametrize("axis", [-2, -1])
def test_an_edge_overshoots_by_nine_percent_of_its_step(axis, layout_of, scene_of):
    """Wilbraham and Gibbs: Si(pi) / pi - 1/2 = 8.95 % of the step on either side, however far k-space reaches."""
    n = 1024
    profile = 1 + (torch.arange(n) // (n // 2)).float()
    size = (n, 3) if axis == -2 else (3, n)
    x = (profile[:, None] if axis == -2 else profile).expand(1, 1, *size).contiguous()
    for cutoff in (0.1, 0.2):
        y = apply_gibbs(x.clone(), GibbsParams(ONE, torch.full((1, 2), cutoff)), scene_of(layout_of(*size)))
        assert y.max() - 2 == pytest.approx(0.0895, abs=0.004)
        assert 1 - y.min() == pytest.approx(0.0895, abs=0.004)


@pytest.mark.parametrize("size", [(40, 30), (41, 31)])
def test_nothing_is_left_beyond_the_cutoff_and_all_is_left_within(size, layout_of, scene_of):
    x = 1 + 0.1 * torch.rand(1, 1, *size)
    y = apply_gibbs(x.clone(), GibbsParams(ONE, torch.tensor([[0.53, 0.75]])), scene_of(layout_of(*size)))
    before, after = torch.fft.fft2(x), torch.fft.fft2(y)
    rows, columns = (torch.fft.fftfreq(n).abs() * 2 for n in size)
    measured = ((rows <= 0.53)[:, None] & (columns <= 0.75)).expand_as(before)
    torch.testing.assert_close(after[measured], before[measured], rtol=1e-4, atol=1e-3)
    assert after[~measured].abs().max() < 1e-3


@pytest.mark.parametrize("size", [(64, 48), (8, 32, 24)])
def test_one_spike_is_one_pair_of_points_in_k_space(size, layout_of, scene_of):
    layout = layout_of(*size)
    config = SpikeConfig(count=uniform(1), amplitude=uniform(0.01), period_mm=uniform(4))
    params = sample_spikes(config, 1, layout, torch.Generator().manual_seed(3))
    stripes = apply_spikes(torch.ones(1, 1, *size), params, scene_of(layout)) - 1
    power = torch.fft.fftn(stripes[0, 0]).abs().square()
    power.flatten()[0] = 0
    strongest = power.flatten().topk(3).values / power.sum()
    assert strongest[:2].sum() > 0.999
    assert strongest[0] == pytest.approx(float(strongest[1]), rel=1e-3)
    assert stripes.max() == pytest.approx(0.01, rel=0.05)
    assert 1 / params.frequency[0, 0, -2:].norm() == pytest.approx(4, rel=0.1)


def test_a_single_spike_has_no_stripes_where_there_is_no_signal(layout_of, scene_of):
    params = SpikeParams(ONE, torch.tensor([[[0.25, 0.125]]]), torch.zeros(1, 1), torch.full((1, 1), 0.1))
    y = apply_spikes(torch.zeros(1, 1, 16, 16), params, scene_of(layout_of(16, 16)))
    torch.testing.assert_close(y, torch.full_like(y, 0.1), rtol=0, atol=1e-6)


def test_spikes_are_as_many_as_asked_for_and_lie_on_the_points_of_k_space(layout_of):
    layout = layout_of(6, 20, 31, spacing_mm=(4.0, 0.7, 0.9))
    params = sample_spikes(SpikeConfig(count=uniform(1, 3)), 300, layout, torch.Generator().manual_seed(0))
    assert (params.amplitude > 0).sum(1).unique().tolist() == [1, 2, 3]
    points = params.frequency * torch.tensor(layout.grid.size)
    torch.testing.assert_close(points, points.round(), rtol=0, atol=1e-4)
    assert params.frequency.abs().max() <= 0.5
