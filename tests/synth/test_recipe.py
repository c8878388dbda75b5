"""Every step of the recipe is in it: alone, with all others off, each has the effect that it is there for."""

from dataclasses import fields, replace
from itertools import pairwise

import pytest
import torch

from nnunet_spine.synth import Grid, SynthConfig, SynthGenerator
from nnunet_spine.synth.config import (
    BiasConfig,
    GammaConfig,
    GibbsConfig,
    IntensityConfig,
    NoiseConfig,
    NormaliseConfig,
    PathologyConfig,
    RegionConfig,
    ResolutionConfig,
    SpatialConfig,
    TextureConfig,
)
from nnunet_spine.synth.config.presets import NOTHING
from nnunet_spine.synth.generator import IMAGE_STEPS
from nnunet_spine.synth.ranges import normal, uniform

GRID = Grid((48, 48), (1.0, 1.0))
TISSUES = (0, 1, 1, 2)


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def labels() -> torch.Tensor:
    """Background, two levels of one tissue and another tissue, in quarters."""
    out = torch.zeros(4, 1, 48, 48, dtype=torch.int16)
    out[..., :24, 24:], out[..., 24:, :24], out[..., 24:, 24:] = 1, 2, 3
    return out


def make(config: SynthConfig, image: torch.Tensor | None = None) -> torch.Tensor:
    return SynthGenerator(TISSUES, GRID, config)(labels(), image, torch.Generator().manual_seed(0)).image


def quarters(x: torch.Tensor) -> torch.Tensor:
    """Voxels of each quarter, (B, 4, N)."""
    blocks = x[:, 0].unfold(1, 24, 24).unfold(2, 24, 24)
    return blocks.flatten(3).flatten(1, 2)


def deviation_within(x: torch.Tensor) -> float:
    return float(quarters(x).std(-1).mean())


def test_with_every_step_off_each_tissue_has_one_value():
    image = make(NOTHING)
    assert deviation_within(image) < 1e-6
    means = quarters(image).mean(-1)
    assert torch.equal(means[:, 1], means[:, 2])
    assert (means[:, 1] - means[:, 3]).abs().min() > 1e-3
    assert torch.allclose(image.mean((1, 2, 3)), torch.zeros(4), atol=1e-5)
    assert torch.allclose(image.std((1, 2, 3), correction=0), torch.ones(4), atol=1e-4)


def test_deviation_speckles_and_grain_makes_it_coarse():
    config = replace(NOTHING, intensity=replace(NOTHING.intensity, std=uniform(0.2)))
    fine = make(config)
    coarse = make(
        replace(config, texture=TextureConfig(probability=1, grain_mm=uniform(4), octaves=uniform(1), share=uniform(1)))
    )
    assert deviation_within(fine) > 0.1

    def roughness(x: torch.Tensor) -> torch.Tensor:
        inner = quarters(x).unflatten(-1, (24, 24))
        return inner.diff(dim=-1).std() / inner.flatten(2).std(-1).mean()

    assert roughness(coarse) < 0.6 * roughness(fine)


def test_levels_of_a_tissue_differ_a_little():
    intensity = replace(NOTHING.intensity, mean=uniform(0.3, 0.7), level_spread=uniform(-0.05, 0.05))
    means = quarters(make(replace(NOTHING, intensity=intensity))).mean(-1)
    assert (means[:, 1] - means[:, 2]).abs().min() > 1e-4


def test_the_bias_field_is_smooth_within_a_tissue():
    image = make(replace(NOTHING, bias=BiasConfig(probability=1, log_std=uniform(0.5), node_distance_mm=20)))
    assert deviation_within(image) > 0.02
    within = quarters(image).unflatten(-1, (24, 24))
    assert within.diff(dim=-1).abs().max() < 0.3 * (within.amax((2, 3)) - within.amin((2, 3))).max()


def test_gamma_bends_the_order_of_distances_but_not_the_order():
    plain, bent = (
        quarters(make(replace(NOTHING, gamma=GammaConfig(probability=p, log_gamma=uniform(0.7))))).mean(-1)
        for p in (0, 1)
    )
    assert torch.equal(plain.argsort(dim=-1, stable=True), bent.argsort(dim=-1, stable=True))
    assert not torch.allclose(plain, bent, atol=0.05)


def test_resolution_blurs_the_border_between_tissues():
    config = ResolutionConfig(probability=1, inplane_mm=uniform(6), anisotropy=uniform(1))
    sharp, blurred = make(NOTHING), make(replace(NOTHING, resolution=config))
    assert blurred.diff(dim=-1).abs().max() < 0.6 * sharp.diff(dim=-1).abs().max()


def test_noise_is_added_to_every_voxel():
    image = make(replace(NOTHING, noise=NoiseConfig(probability=1, sigma=uniform(0.05))))
    assert deviation_within(image) > 0.02


def test_the_scale_of_the_network_is_left_some_play():
    image = make(replace(NOTHING, normalise=NormaliseConfig(log_scale=normal(0, 0.2), shift=normal(0, 0.3))))
    assert image.mean((1, 2, 3)).std() > 0.05
    assert image.std((1, 2, 3)).std() > 0.02


def test_regions_follow_the_image():
    image = torch.linspace(0, 1, 48).expand(4, 1, 48, 48)
    config = RegionConfig(background=uniform(6), structure=uniform(3), guide_resolution_mm=uniform(1))
    spread = replace(NOTHING.intensity, region_spread=uniform(-0.2, 0.2))
    made = make(replace(NOTHING, regions=config, intensity=spread), image)
    assert torch.equal(made, made[..., :1, :].expand_as(made)) is False
    background = made[:, 0, :24, :24]  # the first quarter
    assert torch.allclose(background, background[:, :1].expand_as(background))
    assert all(2 <= len(sample[0].unique()) <= 6 for sample in background)


def test_space_moves_image_and_labels_together():
    moved = SynthGenerator(TISSUES, GRID, replace(NOTHING, spatial=SpatialConfig()))(
        labels(), None, torch.Generator().manual_seed(0)
    )
    assert not torch.equal(moved.labels, labels())
    for image, label in zip(moved.image, moved.labels, strict=True):
        for value in (0, 1, 2, 3):
            assert image[label == value].std() < 1e-5


def test_tissue_next_to_what_lies_beyond_the_image_stays_as_it_is():
    one = torch.zeros(40, 1, 48, 48, dtype=torch.int16)
    one[..., :10] = -1
    config = replace(NOTHING, resolution=ResolutionConfig(probability=1, inplane_mm=uniform(3)))
    made = SynthGenerator((0,), GRID, replace(config, intensity=replace(NOTHING.intensity, std=uniform(1e-3))))
    image = made(one, None, torch.Generator().manual_seed(0)).image
    assert abs(image[..., 10:13].mean() - image[..., 20:].mean()) < 0.15


@pytest.mark.parametrize("dim", [2, 3])
def test_images_do_not_correlate_with_the_real_one_whatever_its_contrast(dim):
    """The law that no real contrast survives, for the default recipe; deformation is off to compare voxels.

    But for air and cortical bone, which are dark in every sequence: here the darkest need not be dark (`curve_begin`).
    """
    size = (48, 48) if dim == 2 else (4, 40, 40)
    grid, n = Grid(size, (1.0,) * dim), 150
    real = torch.randn(1, 1, *size, generator=torch.Generator().manual_seed(1)).cumsum(-1).cumsum(-2)
    real = real.expand(n, *[-1] * (dim + 1))
    label = torch.zeros(n, 1, *size, dtype=torch.int16)
    label[..., 10:20, 10:20], label[..., 20:30, 10:20] = 1, 2
    config = SynthConfig(spatial=SpatialConfig(probability=0), intensity=IntensityConfig(curve_begin=uniform(0, 1)))
    made = SynthGenerator((0, 1, 2), grid, config)(label, real, torch.Generator().manual_seed(0)).image
    pairs = torch.stack((made.flatten(1), real.flatten(1)))
    correlation = torch.stack([torch.corrcoef(pairs[:, i])[0, 1] for i in range(n)])
    assert abs(correlation.mean()) < 4 * correlation.std() / n**0.5
    assert correlation.std() > 0.1


@pytest.mark.parametrize("name", [*IMAGE_STEPS, "partial_volume", "parts", "spatial", "texture", "trabecular"])
def test_every_step_is_in_the_recipe(name):
    """A step that happens always makes another image than one that never does, with all others off."""
    base = replace(NOTHING, intensity=replace(NOTHING.intensity, std=uniform(0.05)))
    step = replace(getattr(SynthConfig(), name), probability=1)
    without, with_step = make(base), make(replace(base, **{name: step}))
    assert not torch.allclose(without, with_step, atol=1e-2)


@pytest.mark.parametrize("kind", [item.name for item in fields(PathologyConfig)])
def test_every_lesion_is_in_the_recipe(kind):
    """In a spine of blocks, as the lesions' own tests have it."""
    tissue = torch.zeros(4, 1, 160, 120, dtype=torch.int16)
    for row in range(5, 160, 38):
        tissue[..., row : row + 28, 30:66], tissue[..., row + 28 : row + 38, 30:66] = 1, 3
    tissue[..., 69:85] = 2
    lesion = replace(getattr(SynthConfig().pathology, kind), probability=1)
    sick = replace(NOTHING, pathology=replace(NOTHING.pathology, **{kind: lesion}))
    grid = Grid((160, 120), (1.0, 1.0))
    healthy, ill = (
        SynthGenerator((0, 1, 2, 3), grid, config)(tissue, None, torch.Generator().manual_seed(1))
        for config in (NOTHING, sick)
    )
    changed = (healthy.image - ill.image).abs() > 1e-2
    assert changed.flatten(1).any(1).all()


def test_steps_come_in_the_order_of_acquisition():
    """Contrast, sensitivity, sampling of k-space, and the noise of the receiver last of all."""
    order = list(IMAGE_STEPS)
    for before, after in pairwise(
        ("chemical_shift", "bias", "gamma", "resolution", "motion", "gibbs", "wrap", "noise")
    ):
        assert order.index(before) < order.index(after)


def test_where_k_space_is_cut_nothing_is_blurred_before():
    config = replace(NOTHING, gibbs=GibbsConfig(probability=0.5), resolution=ResolutionConfig(probability=1))
    drawn = dict(zip(IMAGE_STEPS, SynthGenerator(TISSUES, GRID, config).sample(40, rng()).image, strict=True))
    on = drawn["gibbs"].on
    assert (drawn["resolution"].resolution_mm[on] == 0).all()
    assert (drawn["resolution"].resolution_mm[~on] > 0).all()


def test_metal_stays_black_whatever_the_texture():
    tissue = torch.zeros(1, 1, 160, 120, dtype=torch.int16)
    for row in range(5, 160, 38):
        tissue[..., row : row + 28, 30:66], tissue[..., row + 28 : row + 38, 30:66] = 1, 3
    tissue[..., 69:85] = 2
    metal = replace(SynthConfig().pathology.metal, probability=1, radius_mm=uniform(14), loss=uniform(1))
    config = replace(
        NOTHING,
        intensity=replace(NOTHING.intensity, mean=uniform(0.5), std=uniform(0.1)),
        trabecular=replace(SynthConfig().trabecular, probability=1, strength=uniform(0.1)),
        pathology=replace(NOTHING.pathology, metal=metal),
    )
    image = SynthGenerator((0, 1, 2, 3), Grid((160, 120), (1.0, 1.0)), config)(tissue, None, rng()).image
    assert (image < image.min() + 1e-3).sum() > 80
