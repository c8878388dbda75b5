"""Laws of the steps that act on the image."""

import math

import pytest
import torch

from nnunet_spine.synth.artefacts import BiasParams, NoiseParams, apply_bias, apply_noise, sample_bias
from nnunet_spine.synth.config import BiasConfig, IntensityConfig
from nnunet_spine.synth.intensity import GammaParams, TextureParams, apply_gamma, apply_grain, sample_mixture
from nnunet_spine.synth.normalise import NormaliseParams, apply_normalise
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.resolution import ResolutionParams, apply_resolution
from nnunet_spine.synth.steps import Grid, apply_where_on, white_noise

GRID = Grid((48, 40), (1.0, 1.0))


def test_switched_off_samples_stay_bit_identical():
    x = torch.randn(4, 1, 8, 8)
    params = GammaParams(torch.tensor([True, False, True, False]), torch.full((4,), 2.0))
    y = apply_where_on(x, params, apply_gamma)
    assert torch.equal(y[1::2], x[1::2])
    assert torch.equal(y[::2], apply_gamma(x[::2], GammaParams(*(value[::2] for value in params))))
    assert apply_where_on(x, params._replace(on=torch.zeros(4, dtype=torch.bool)), apply_gamma) is x


def test_noise_of_a_sample_does_not_depend_on_its_neighbours():
    seeds = torch.tensor([3, 4, 5])
    together = white_noise(seeds, (1, 9, 9), torch.device("cpu"))
    assert torch.equal(together[1:2], white_noise(seeds[1:2], (1, 9, 9), torch.device("cpu")))
    assert not torch.equal(together[0], together[1])


@pytest.mark.parametrize("rician", [False, True])
def test_noise_has_the_deviation_asked_for(rician):
    x = torch.full((1, 1, 400, 400), 20.0)
    on = torch.tensor([True])
    noisy = apply_noise(x, NoiseParams(on, torch.tensor([0.5]), torch.tensor([rician]), torch.tensor([1])))
    assert noisy.std() == pytest.approx(0.5, rel=0.02)


def test_rician_noise_on_no_signal_is_rayleigh():
    on = torch.tensor([True])
    noise = apply_noise(torch.zeros(1, 1, 400, 400), NoiseParams(on, torch.tensor([2.0]), on, torch.tensor([1])))
    assert noise.mean() == pytest.approx(2 * math.sqrt(math.pi / 2), rel=0.01)


def test_no_noise_changes_nothing():
    x = torch.rand(2, 1, 9, 9)
    on = torch.ones(2, dtype=torch.bool)
    assert torch.equal(apply_noise(x, NoiseParams(on, torch.zeros(2), ~on, torch.arange(2))), x)


def test_grain_correlates_neighbours_and_keeps_the_variance():
    grid = Grid((300, 300), (0.5, 0.5))
    noise = white_noise(torch.tensor([1, 2]), (1, 300, 300), torch.device("cpu"))
    params = TextureParams(torch.ones(2, dtype=torch.bool), torch.tensor([0.5, 2.0]), torch.arange(2))
    fine, coarse = apply_grain(noise, params, grid)
    assert torch.allclose(fine, noise[0], atol=1e-5)
    assert coarse.std() == pytest.approx(1, abs=0.05)
    neighbours = torch.corrcoef(torch.stack((coarse[:, :-1].flatten(), coarse[:, 1:].flatten())))[0, 1]
    assert neighbours > 0.6


def test_the_bias_field_is_smooth_positive_and_as_strong_as_asked_for():
    config = BiasConfig(log_std=uniform(0.5), node_distance_mm=20)
    params = sample_bias(config, 200, GRID, torch.Generator().manual_seed(0))
    assert params.nodes.std() == pytest.approx(0.5, abs=0.02)
    field = apply_bias(torch.ones(200, 1, *GRID.size), params, GRID, 20)
    assert field.min() > 0
    assert field.log().diff(dim=-1).abs().max() < 4 * 0.5 / 20 * 2
    nothing = BiasParams(params.on, torch.zeros_like(params.nodes))
    assert torch.equal(apply_bias(field, nothing, GRID, 20), field)


def test_gamma_keeps_the_range_and_one_is_the_identity():
    x = torch.rand(2, 1, 9, 9) * 5
    on = torch.ones(2, dtype=torch.bool)
    y = apply_gamma(x, GammaParams(on, torch.tensor([1.0, 2.0])))
    assert torch.allclose(y[0], x[0], atol=1e-5)
    assert y[1].max() == pytest.approx(float(x[1].max()), rel=1e-5)
    assert torch.allclose(y[1], x[1] ** 2 / x[1].max(), atol=1e-4)


def test_resolution_blurs_an_edge_over_the_distance_asked_for():
    grid = Grid((8, 240), (1.0, 0.5))
    x = torch.zeros(1, 1, 8, 240)
    x[..., 120:] = 1
    params = ResolutionParams(torch.tensor([True]), torch.tensor([[1.0, 4.0]]))
    edge = apply_resolution(x, params, grid)[0, 0, 4]
    width_mm = 0.5 * ((edge > 0.1) & (edge < 0.9)).sum()
    assert 3 <= width_mm <= 7
    assert edge[:90].max() < 1e-6
    assert edge[-90:].min() > 1 - 1e-6


def test_a_resolution_finer_than_the_grid_changes_nothing():
    x = torch.rand(1, 1, *GRID.size)
    params = ResolutionParams(torch.tensor([True]), torch.tensor([[0.5, 0.9]]))
    assert torch.allclose(apply_resolution(x, params, GRID), x, atol=1e-6)


def test_the_z_score_is_that_of_the_image_without_its_padding():
    x = torch.rand(2, 1, 30, 30) * 7 + 3
    inside = torch.ones_like(x, dtype=torch.bool)
    inside[..., :10] = False
    y = apply_normalise(x, NormaliseParams(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.5])), inside)
    assert torch.equal(y[~inside], torch.zeros_like(y[~inside]))
    for sample, (scale, shift) in zip(y, [(1, 0), (2, 0.5)], strict=True):
        values = sample[..., 10:]
        assert values.mean() == pytest.approx(shift, abs=1e-3)
        assert values.std() == pytest.approx(scale, rel=1e-2)


@pytest.mark.parametrize("deviation", [1e-4, 1e-2, 1e4])
def test_the_z_score_is_exact_for_faint_and_for_strong_contrast(deviation):
    x = 0.9 + deviation * torch.randn(1, 1, 320, 256, generator=torch.Generator().manual_seed(0))
    inside = torch.ones_like(x, dtype=torch.bool)
    y = apply_normalise(x, NormaliseParams(torch.ones(1), torch.zeros(1)), inside)
    assert y.std() == pytest.approx(1, abs=0.01)
    assert y.mean() == pytest.approx(0, abs=1e-3)


def test_the_mixture_has_the_means_asked_for_and_levels_of_one_tissue_are_alike():
    tissues = torch.tensor([0, 1, 1, 2])
    config = IntensityConfig(mean=uniform(0.2, 0.8), level_spread=uniform(-0.01, 0.01), region_spread=uniform(0))
    mixture = sample_mixture(config, 4000, tissues, 3, torch.Generator().manual_seed(0))
    assert mixture.mean.shape == mixture.std.shape == (4000, 4, 3)
    assert mixture.mean.mean((0, 2)) == pytest.approx([0.5] * 4, abs=0.02)
    assert (mixture.mean[:, 1] - mixture.mean[:, 2]).abs().max() <= 0.02 + 1e-6
    assert torch.equal(mixture.mean[:, 3, 0], mixture.mean[:, 3, 2])
    assert torch.corrcoef(mixture.mean[:, 0].T)[0, 1].abs() < 0.06
    assert torch.corrcoef(mixture.mean[:, [1, 3], 0].T)[0, 1].abs() < 0.06
