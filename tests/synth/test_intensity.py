"""Laws of the noise-free image and its texture."""

import pytest
import torch

from nnunet_spine.synth.config import GammaConfig, PartialVolumeConfig, TextureConfig, TrabecularConfig
from nnunet_spine.synth.intensity import (
    GammaParams,
    Layer,
    PartialVolumeParams,
    TextureParams,
    apply_gamma,
    apply_partial_volume,
    perlin_noise,
    sample_gamma,
    sample_partial_volume,
    sample_texture,
    sample_trabecular,
    texture_layers,
    trabecular_layers,
)
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.steps import BINS, Grid, Layout, Scene, TissueTable, apply_where_on
from nnunet_spine.synth.tissues import CORTEX, MOST_PARTS

CPU = torch.device("cpu")
TISSUES = torch.tensor([0, 1])


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def scene(grid: Grid, n: int = 1) -> Scene:
    """Left half background, right half vertebra, upper quarter of it cortex."""
    code = torch.ones(n, 1, *grid.size, dtype=torch.int32)
    half, quarter = grid.size[-1] // 2, grid.size[-2] // 4
    code[..., half:] += BINS
    code[..., :quarter, half:] += CORTEX * 2 * BINS
    return Scene(grid, code, torch.zeros(n, 2, BINS, dtype=torch.long), TissueTable(TISSUES))


def layout(grid: Grid) -> Layout:
    return Layout(grid, grid.size, TISSUES, 1)


GRID = Grid((240, 200), (0.5, 0.5))
GRIDS = [GRID, Grid((4, 60, 50), (4.0, 1.0, 1.0))]


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("octaves", [1, 3])
def test_noise_of_any_grain_has_deviation_1(grid, octaves):
    noise = perlin_noise(torch.tensor([3]), [1.5] * grid.dim, octaves, 0.8, grid, CPU)
    assert noise.shape == (1, 1, *grid.size)
    assert noise.std() == pytest.approx(1, abs=0.15)


def neighbours(noise: torch.Tensor, axis: int = -1) -> torch.Tensor:
    """Correlation of neighbours along an axis."""
    first, second = noise.narrow(axis, 0, noise.shape[axis] - 1), noise.narrow(axis, 1, noise.shape[axis] - 1)
    return torch.corrcoef(torch.stack((first.flatten(), second.flatten())))[0, 1]


def test_grain_and_octaves_make_neighbours_alike():
    seed = torch.tensor([1])
    white, fine, coarse, both = (
        perlin_noise(seed, [mm, mm], octaves, 1.0, GRID, CPU) for mm, octaves in ((0.5, 1), (1, 1), (3, 1), (1, 3))
    )
    assert neighbours(white).abs() < 0.02
    assert neighbours(white) < neighbours(fine) < neighbours(coarse)
    assert neighbours(fine) < neighbours(both)


def add(x: torch.Tensor, layers: list[Layer], where: Scene) -> torch.Tensor:
    for noise, deviation in layers:
        x = x.addcmul_(noise, where.look_up(deviation))
    return x


def textured(x: torch.Tensor, std: torch.Tensor, params: TextureParams) -> torch.Tensor:
    made = scene(GRID, len(x))
    return add(x, texture_layers(params, std, made, CPU), made)


def test_texture_has_the_deviation_of_each_region_and_shares_as_much_as_asked():
    grid = GRID
    std = torch.zeros(1, MOST_PARTS, 2, 1)
    std[:, :, 0], std[:, :, 1] = 0.3, 0.1
    for share, least, most in ((0.0, -0.05, 0.05), (1.0, 0.6, 1.0), (0.5, 0.25, 0.6)):
        config = TextureConfig(probability=1, grain_mm=uniform(2), octaves=uniform(1), share=uniform(share))
        params = sample_texture(config, 1, layout(grid), rng())
        x = textured(torch.zeros(1, 1, *grid.size), std, params)
        assert x[..., :100].std() == pytest.approx(0.3, rel=0.1)
        assert x[..., 100:].std() == pytest.approx(0.1, rel=0.1)
        assert least <= neighbours(x[..., :100]) <= most


def test_no_deviation_is_no_texture():
    params = sample_texture(TextureConfig(probability=1), 2, layout(GRID), rng())
    x = torch.rand(2, 1, *GRID.size)
    std = torch.zeros(2, MOST_PARTS, 2, 1)
    assert torch.equal(textured(x.clone(), std, params), x)


def test_trabeculae_are_strands_within_the_marrow():
    config = TrabecularConfig(probability=1, width_mm=uniform(1), elongation=uniform(5), strength=uniform(0.2))
    params = sample_trabecular(config, 1, layout(GRID), rng())
    x = add(torch.zeros(1, 1, *GRID.size), trabecular_layers(params, scene(GRID), CPU), scene(GRID))
    assert torch.equal(x[..., :100], torch.zeros_like(x[..., :100]))
    assert torch.equal(x[..., :60, 100:], torch.zeros_like(x[..., :60, 100:]))
    marrow = x[..., 60:, 100:]
    assert marrow.std() == pytest.approx(0.2, rel=0.2)
    along, across = sorted((float(neighbours(marrow, axis)) for axis in (-1, -2)), reverse=True)
    assert along > across + 0.1


def test_partial_volume_mixes_borders_and_nothing_else():
    x = torch.zeros(1, 1, *GRID.size)
    x[..., 100:] = 1
    params = PartialVolumeParams(torch.tensor([True]), torch.tensor([1.2]))
    mixed = apply_partial_volume(x.clone(), params, scene(GRID))
    changed = (mixed != x).any(-2)[0, 0].nonzero()[:, 0].tolist()
    assert changed == [99, 100]
    assert 0.02 < mixed[0, 0, 50, 99] < 1 / 3 + 1e-6
    assert mixed.sum() == pytest.approx(float(x.sum()), rel=1e-5)


def test_the_width_of_partial_volume_is_that_of_the_sensitivity():
    """The response to a point has the variance of the Gaussian of that width, in voxels."""
    x = torch.zeros(1, 1, 9, 9)
    x[..., 4, 4] = 1
    grid = Grid((9, 9), (0.5, 0.5))
    params = PartialVolumeParams(torch.tensor([True]), torch.tensor([1.4]))
    response = apply_partial_volume(x, params, scene(grid)).sum(-1).flatten()
    variance = (response * (torch.arange(9) - 4) ** 2).sum()
    assert variance.sqrt() * 2.3548 == pytest.approx(1.4, rel=1e-3)


def test_gamma_keeps_the_maximum_and_one_is_the_identity():
    x = torch.rand(2, 1, 9, 9) * 5
    y = apply_gamma(x.clone(), GammaParams(torch.ones(2, dtype=torch.bool), torch.tensor([1.0, 2.0])), scene(GRID))
    assert torch.allclose(y[0], x[0], atol=1e-5)
    assert y[1].max() == pytest.approx(float(x[1].max()), rel=1e-5)
    assert torch.allclose(y[1], x[1] ** 2 / x[1].max(), atol=1e-4)


def test_gamma_takes_what_is_not_positive_for_black():
    x = torch.tensor([-1.0, 0.0, 1.0]).reshape(1, 1, 3, 1)
    y = apply_gamma(x, GammaParams(torch.tensor([True]), torch.tensor([0.5])), scene(GRID))
    assert y.flatten() == pytest.approx([0, 0, 1], abs=1e-6)


@pytest.mark.parametrize(
    "grid", [*GRIDS, Grid((1, 40), (1.0, 1.0)), Grid((40, 1), (1.0, 1.0)), Grid((1, 1), (1.0, 1.0))]
)
def test_switched_off_samples_stay_bit_identical_and_a_batch_is_its_samples(grid):
    steps = [
        (sample_partial_volume, PartialVolumeConfig(probability=0.5), apply_partial_volume),
        (sample_gamma, GammaConfig(probability=0.5), apply_gamma),
    ]
    x = torch.rand(8, 1, *grid.size)
    for draw, config, apply in steps:
        params = draw(config, 8, layout(grid), rng())
        y = apply_where_on(x.clone(), params, apply, scene(grid, 8))
        assert torch.equal(y[~params.on], x[~params.on])
        assert y.isfinite().all()
        for i in params.on.nonzero()[:, 0].tolist():
            alone = type(params)(*(value[i : i + 1] for value in params))
            assert torch.allclose(apply(x[i : i + 1].clone(), alone, scene(grid)), y[i : i + 1], atol=1e-6)


def test_gamma_is_exp_of_its_logarithm():
    params = sample_gamma(GammaConfig(log_gamma=uniform(0.7)), 3, layout(GRID), rng())
    assert params.gamma.tolist() == pytest.approx([2.01375] * 3, rel=1e-4)
