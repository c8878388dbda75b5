"""The noise has the deviation and the law asked for."""

import math

import pytest
import torch

from nnunet_spine.synth.artefacts import NoiseParams, apply_noise, sample_noise
from nnunet_spine.synth.config import NoiseConfig

SIZE = (400, 400)


def params(sigma: list[float], rician: list[bool]) -> NoiseParams:
    return NoiseParams(torch.tensor([True] * len(sigma)), torch.tensor(sigma), torch.tensor(rician), torch.arange(1, 3))


def test_on_strong_signal_both_laws_have_the_deviation_asked_for(layout_of, scene_of):
    x = torch.full((2, 1, *SIZE), 20.0)
    noisy = apply_noise(x, params([0.5, 0.3], [True, False]), scene_of(layout_of(*SIZE), batch=2))
    assert noisy.std(dim=(1, 2, 3)).tolist() == pytest.approx([0.5, 0.3], rel=0.02)
    assert noisy.mean(dim=(1, 2, 3)).tolist() == pytest.approx([20, 20], abs=0.02)


def test_on_no_signal_gaussian_noise_has_no_mean_and_rician_noise_is_rayleigh(layout_of, scene_of):
    noise = apply_noise(
        torch.zeros(2, 1, *SIZE), params([2.0, 2.0], [False, True]), scene_of(layout_of(*SIZE), batch=2)
    )
    gaussian, rayleigh = noise
    assert gaussian.mean() == pytest.approx(0, abs=0.02)
    assert rayleigh.min() >= 0
    assert rayleigh.mean() == pytest.approx(2 * math.sqrt(math.pi / 2), rel=0.01)
    assert rayleigh.std() == pytest.approx(2 * math.sqrt(2 - math.pi / 2), rel=0.01)


def test_the_magnitude_has_the_rician_second_moment(layout_of, scene_of):
    x = torch.full((1, 1, *SIZE), 1.5)
    one = NoiseParams(*(value[:1] for value in params([1.0, 0.0], [True, False])))
    assert apply_noise(x, one, scene_of(layout_of(*SIZE))).square().mean() == pytest.approx(1.5**2 + 2, rel=0.02)


def test_the_two_channels_are_independent_and_the_noise_is_not_used_up(layout_of, scene_of):
    scene = scene_of(layout_of(*SIZE), batch=2)
    first, second = (apply_noise(torch.zeros(2, 1, *SIZE), params([1.0, 1.0], [False, True]), scene) for _ in range(2))
    assert torch.equal(first, second)
    below = torch.corrcoef(torch.stack((first[0].flatten(), first[1].flatten())))[0, 1]
    assert abs(below) < 0.02


def test_the_share_of_rician_noise_is_that_asked_for(layout_of):
    drawn = sample_noise(NoiseConfig(rician=0.8), 2000, layout_of(4, 4), torch.Generator().manual_seed(0))
    assert drawn.rician.float().mean() == pytest.approx(0.8, abs=0.04)
    assert len(drawn.seed.unique()) == 2000
