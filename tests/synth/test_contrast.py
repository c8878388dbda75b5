"""Laws of the real image as what images are made of: warped with its labels, and in another contrast."""

from dataclasses import replace

import pytest
import torch

from nnunet_spine.synth import PRESETS, Grid, SynthConfig, SynthGenerator
from nnunet_spine.synth.config import ContrastConfig, IntensityConfig, SpatialConfig
from nnunet_spine.synth.config.files import parse
from nnunet_spine.synth.config.presets import NOTHING
from nnunet_spine.synth.contrast import (
    LEVELS,
    ContrastParams,
    by_curve,
    by_network,
    redraw_contrast,
    sample_contrast,
    spread_levels,
)
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.steps import select

TISSUES = (0, 1, 2, 3)
GRIDS = [Grid((40, 32), (1.0, 1.2)), Grid((6, 24, 20), (4.0, 1.0, 1.0))]
REAL = replace(NOTHING, intensity=replace(NOTHING.intensity, source="image"))
"""The real image and nothing else."""


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(grid: Grid, n: int = 3, margin: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    size = tuple(s + margin for s in grid.size)
    labels = torch.zeros(n, 1, *size, dtype=torch.int16)
    for value in (1, 2, 3):
        labels[..., 5 * value : 5 * value + 4, 5:15] = value
    return labels, torch.randn(n, 1, *size, generator=rng(1)) + labels


def make(config: SynthConfig, grid: Grid, labels: torch.Tensor, image: torch.Tensor, seed: int = 0):
    return SynthGenerator(TISSUES, grid, config, labels.shape[2:])(labels, image, rng(seed))


def z_score(x: torch.Tensor) -> torch.Tensor:
    axes = tuple(range(1, x.ndim))
    return (x - x.mean(axes, keepdim=True)) / x.std(axes, keepdim=True, correction=0)


def draw(n: int, **settings: object) -> ContrastParams:
    config = ContrastConfig(**{"probability": 1.0, "strength": uniform(1), **settings})
    return sample_contrast(config, n, None, rng())


def redraw(x: torch.Tensor, params: ContrastParams) -> torch.Tensor:
    return redraw_contrast(x, torch.ones_like(x, dtype=torch.bool), params)


@pytest.mark.parametrize("contrast", [ContrastConfig(probability=0), ContrastConfig(1.0, strength=uniform(0))])
@pytest.mark.parametrize("margin", [0, 3])
@pytest.mark.parametrize("grid", GRIDS)
def test_with_nothing_else_it_is_the_real_image(grid, margin, contrast, device):
    labels, image = (x.to(device) for x in batch(grid, margin=margin))
    image.clamp_(-2, 5)  # a magnitude does not go below its usual range
    made = make(replace(REAL, contrast=contrast), grid, labels, image)
    middle = (..., *(slice((margin + 1) // 2, (margin + 1) // 2 + n) for n in grid.size))
    assert torch.equal(made.labels, labels[middle])
    assert torch.allclose(made.image, z_score(image[middle]), atol=2e-3)


@pytest.mark.parametrize("grid", [Grid((160, 120), (1.0, 1.0)), Grid((8, 80, 60), (2.0, 1.0, 1.0))])
def test_image_and_labels_are_deformed_alike(grid):
    labels = torch.zeros(6, 1, *grid.size, dtype=torch.int16)
    labels[..., 20:60, 20:45] = 1
    made = make(replace(REAL, spatial=SpatialConfig()), grid, labels, 3.0 * labels)
    for before, image, label in zip(labels, made.image, made.labels, strict=True):
        assert not torch.equal(before, label)
        bright = image > (image.max() + image[label == 0].median()) / 2
        assert (bright[label >= 0] == (label[label >= 0] == 1)).float().mean() > 0.99


@pytest.mark.parametrize("network", [0.0, 1.0])
@pytest.mark.parametrize("grid", GRIDS)
def test_a_batch_is_what_its_samples_are_alone_and_what_it_is_at_once(grid, network, device):
    config = PRESETS["augment"]
    config = replace(config, contrast=replace(config.contrast, network=network))
    labels, image = batch(grid, 6, margin=5)
    labels[..., -2:] = -1
    generator = SynthGenerator(TISSUES, grid, config, labels.shape[2:])
    together = generator(labels, image, rng())
    assert torch.equal(generator.apply(labels, image, together.params).image, together.image)
    for i in range(6):
        alone = generator.apply(labels[i : i + 1], image[i : i + 1], select(together.params, slice(i, i + 1)))
        assert torch.equal(alone.image, together.image[i : i + 1])
    whole = generator.apply(labels.to(device), image.to(device), together.params, at_once=True)
    assert ((whole.image.cpu() - together.image).abs() > 1e-2).float().mean() < 1e-3
    assert (together.image[together.labels < 0] == 0).all()


@pytest.mark.parametrize("network", [0.0, 1.0])
@pytest.mark.parametrize("value", [0.0, 1e6, float("nan"), float("inf")])
@pytest.mark.parametrize("beyond", [0, 30, 40])
def test_constant_images_and_empty_ones_stay_finite(value, network, beyond):
    grid = GRIDS[0]
    labels, image = batch(grid)
    labels[:, :, :beyond] = -1
    config = PRESETS["augment"]
    made = make(
        replace(config, contrast=replace(config.contrast, network=network)), grid, labels, torch.full_like(image, value)
    )
    assert made.image.isfinite().all()
    assert made.image.abs().max() < 20


def test_the_scale_of_the_real_image_does_not_matter():
    labels, image = batch(GRIDS[0], 8)
    config = replace(REAL, contrast=ContrastConfig(1.0))
    first, other = (make(config, GRIDS[0], labels, x).image for x in (image, 300 * image + 1000))
    assert ((first - other).abs() > 2e-2).float().mean() < 1e-2


def test_a_curve_is_smooth_reaches_black_and_white_and_may_turn():
    params = draw(200, points=uniform(2, 6))
    curves = torch.stack([by_curve(select(params, slice(i, i + 1)), torch.device("cpu")) for i in range(200)])
    assert curves.shape == (200, LEVELS)
    assert torch.allclose(curves.amin(1), torch.zeros(200))
    assert torch.allclose(curves.amax(1), torch.ones(200))
    assert curves.diff(dim=1).abs().max() < 20 / LEVELS
    turns = (curves.diff(dim=1).sign().diff(dim=1) != 0).sum(1)
    assert (turns == 0).any()
    assert (turns > 1).any()


@pytest.mark.parametrize("network", [0.0, 1.0])
def test_a_tissue_may_become_brighter_than_one_that_it_was_darker_than(network):
    """Four tissues in equal parts, a little noise: the order of two changes in many samples, and not in all."""
    n = 200
    tissues = torch.tensor([0.0, 0.3, 0.5, 1.0]).repeat_interleave(64).reshape(1, 1, 16, 16)
    x = (tissues + 0.01 * torch.randn(1, 1, 16, 16, generator=rng())).repeat(n, 1, 1, 1)
    means = redraw(x, draw(n, network=network)).reshape(n, 4, 64).mean(-1)
    for i, j in ((0, 1), (1, 2), (2, 3), (0, 3)):
        assert 0.15 < (means[:, i] > means[:, j]).float().mean() < 0.85
    assert (means.std(1) > 0.1).float().mean() > 0.9


def test_strength_is_the_share_of_the_other_contrast():
    x = torch.rand(5, 1, 20, 20, generator=rng())
    none, half, whole = (redraw(x, draw(5, strength=uniform(s))) for s in (0, 0.5, 1))
    assert torch.allclose(half, (none + whole) / 2, atol=1e-5)
    assert not torch.allclose(none, whole, atol=0.1)


def test_levels_are_spread_by_brightness_and_rank():
    """Nearly all voxels are dark: they get half of the range, bright ones what is left of it."""
    level = torch.cat((torch.arange(100).repeat(99), torch.full((100,), LEVELS - 1))).int().reshape(1, 1, 100, 100)
    spread = spread_levels(level, torch.ones_like(level, dtype=torch.bool))
    assert (spread.diff() > 0).all()
    assert 0.5 < spread[100] < 0.6
    assert spread[-1] == 1
    nothing = spread_levels(level, torch.zeros_like(level, dtype=torch.bool))
    assert torch.allclose(nothing, torch.linspace(0, 0.5, LEVELS))


def test_a_network_sees_neighbours_in_the_slice_only():
    params = draw(1)
    x = torch.rand(1, 1, 4, 12, 10, generator=rng())
    order = torch.tensor([2, 0, 3, 1])
    assert torch.allclose(by_network(x, params)[:, :, order], by_network(x[:, :, order], params), atol=1e-5)
    spot = torch.zeros(1, 1, 1, 11, 11)
    spot[..., 5, 5] = 1
    seen = by_network(spot, params)
    changed = (seen - seen[..., :1, :1]).abs() > 1e-5
    assert changed[..., 4:7, 4:7].sum() > 1
    assert changed.sum() == changed[..., 4:7, 4:7].sum()


def test_only_settings_that_paint_with_the_image_draw_a_contrast():
    for name, config in PRESETS.items():
        drawn = SynthGenerator(TISSUES, GRIDS[0], config).sample(2, rng()).anatomy.contrast
        assert (drawn == ()) == (name != "augment")


@pytest.mark.parametrize("guide", ["clusters", "shapes", "flat"])
def test_regions_may_follow_anything(guide):
    config = parse(f"preset: augment\nregions: {{guide: {guide}}}", "here")
    assert make(config, GRIDS[0], *batch(GRIDS[0])).image.isfinite().all()


def test_without_the_real_image_nothing_is_made_of_it():
    labels, _ = batch(GRIDS[0])
    with pytest.raises(ValueError, match="image: expected for these settings"):
        make(REAL, GRIDS[0], labels, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: ContrastConfig(points=uniform(1, 3)), r"ContrastConfig.points: expected 2 or more, got \[1, 3\]"),
        (lambda: ContrastConfig(strength=uniform(0, 2)), "ContrastConfig.strength: expected 0 to 1"),
        (lambda: IntensityConfig(source="real"), "IntensityConfig.source: expected one of mixture, image, got real"),
    ],
)
def test_impossible_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        change()
