"""Laws of the division into regions."""

import pytest
import torch

from nnunet_spine.synth.config import IntensityConfig, RegionConfig
from nnunet_spine.synth.priors import sample_prior
from nnunet_spine.synth.ranges import normal, uniform
from nnunet_spine.synth.regions import (
    OUTSIDE,
    cluster_guides,
    count_codes,
    encode,
    mean_over_counts,
    most_regions,
    region_of_code,
    sample_regions,
    shape_guides,
)
from nnunet_spine.synth.steps import BINS, Grid, Layout, Scene, TissueTable

TISSUES = torch.tensor([0, 1, 2])
GRID = Grid((40, 40), (1.0, 1.0))


def layout(config: RegionConfig, tissues: torch.Tensor = TISSUES) -> Layout:
    return Layout(GRID, GRID.size, tissues, most_regions(config))


def draw(config: RegionConfig, n: int = 1):
    return sample_regions(config, n, layout(config), torch.Generator().manual_seed(0))


def still(n: int, size: tuple[int, ...]) -> torch.Tensor:
    """Relative positions of the voxels themselves."""
    axes = [(2 * torch.arange(k) + 1) / k - 1 for k in size]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).expand(n, *size, len(size)).contiguous()


def scene(labels: torch.Tensor, guides, config: RegionConfig, params=None, classes: int = 3) -> Scene:
    labelled = (labels + 1).float()
    code = encode(labelled, guides, still(len(labels), labels.shape[2:]))
    region = region_of_code(count_codes(labelled, guides, classes), params or draw(config, len(labels)))
    return Scene(GRID, code, region, TissueTable(torch.arange(classes)))


def test_a_code_holds_class_and_bin_exactly():
    labels = torch.randint(-1, 16, (2, 1, 40, 40))
    guides = [torch.rand(1, 1, 40, 40) * (BINS - 1) for _ in range(2)]
    code = encode((labels + 1).float(), guides, still(2, (40, 40)))
    assert torch.equal(code == OUTSIDE, labels < 0)
    inside = labels >= 0
    assert torch.equal((code - 1)[inside] // BINS, labels[inside].int())
    assert (((code - 1) % BINS) - torch.cat(guides))[inside].abs().max() <= 1.01


def test_the_tissue_of_a_code_is_that_of_its_class_and_unlabelled_beyond_the_image():
    labels = torch.randint(-1, 3, (2, 1, 40, 40))
    tissue = scene(labels, None, RegionConfig(guide="flat")).tissue
    assert torch.equal(tissue.long(), labels.clamp(min=0))


def test_a_few_bright_voxels_do_not_take_the_bins_from_the_rest():
    image = torch.rand(1, 1, 40, 40)
    image[..., 0, :2] = 1000
    params = draw(RegionConfig(guide_resolution_mm=uniform(1)))
    assert len(cluster_guides(image, params, GRID)[0].int().unique()) > 3
    image[..., 0, :2] = 2
    guide = cluster_guides(image, params, GRID)[0]
    assert len(guide.int().unique()) > BINS // 2
    assert guide.min() >= 0
    assert guide.max() <= BINS - 1


def test_what_is_not_a_number_in_the_guide_does_no_harm():
    image = torch.rand(1, 1, 40, 40)
    image[..., 3, 3] = float("nan")
    assert cluster_guides(image, draw(RegionConfig()), GRID)[0].isfinite().all()


def test_the_guide_is_as_coarse_as_asked_for():
    params = draw(RegionConfig(guide_resolution_mm=uniform(2)))
    assert cluster_guides(torch.rand(1, 1, 40, 40), params, GRID)[0].shape == (1, 1, 20, 20)


def test_random_shapes_need_no_image_and_differ_between_samples():
    config = RegionConfig(guide="shapes", shape_mm=uniform(10))
    first, second = shape_guides(draw(config, 2), GRID, torch.device("cpu"))
    assert first.shape == second.shape
    assert not torch.allclose(first, second)
    assert first.diff(dim=-1).abs().max() < BINS / 2


def test_beyond_the_image_is_as_bright_as_the_image_on_average():
    labels = torch.zeros(2, 1, 40, 40)
    labels[..., :6] = -1
    config = RegionConfig(guide_resolution_mm=uniform(1))
    params = draw(config, 2)
    guides = cluster_guides(torch.rand(2, 1, 40, 40), params, GRID)
    made = scene(labels, guides, config, params)
    counts = count_codes((labels + 1).float(), guides, 3)
    mean = torch.rand(2, 3, 3, most_regions(config))
    image = made.look_up(made.table(mean, mean_over_counts(mean[:, 0], made.region, counts)))
    for sample, inside in zip(image, labels >= 0, strict=True):
        assert torch.allclose(sample[~inside], sample[inside].mean(), atol=0.05)


def test_regions_cut_a_class_at_the_quantiles_asked_for():
    guide = (torch.rand(1, 1, 200, 200) ** 3) * (BINS - 1)
    config = RegionConfig(background=uniform(4), structure=uniform(4), equalised=uniform(1))
    params = draw(config)._replace(cuts=torch.tensor([0.25, 0.75, 2.0]).repeat(1, 3, 1))
    made = scene(torch.zeros(1, 1, 200, 200), [guide], config, params)
    region = made.of_region(torch.arange(4.0).expand(1, 3, 3, 4))
    share = torch.bincount(region.flatten().long(), minlength=4) / region.numel()
    assert share == pytest.approx([0.25, 0.5, 0.25, 0], abs=0.03)
    assert guide[region == 0].max() <= guide[region == 1].min() + 2


@pytest.mark.parametrize(("equalised", "dark"), [(1, 0.9), (0, 0.1), (0.5, 0.5)])
def test_air_has_as_many_regions_as_the_settings_give_it(equalised, dark):
    """Nine tenths of the voxels are a tenth of the range: they are cut by number, by contrast, or between."""
    guide = torch.cat((torch.rand(180, 200) * 0.1, 0.1 + 0.9 * torch.rand(20, 200)))[None, None] * (BINS - 1)
    config = RegionConfig(background=uniform(40), structure=uniform(1), equalised=uniform(equalised))
    params = draw(config)
    params = params._replace(cuts=torch.linspace(0, 1, 41)[1:-1].repeat(1, 3, 1))
    made = scene(torch.zeros(1, 1, 200, 200), [guide], config, params)
    region = made.of_region(torch.arange(40.0).expand(1, 3, 3, 40))
    assert region[..., :180, :].max() / 39 == pytest.approx(dark, abs=0.05)
    assert region.max() == 39


def test_a_class_of_one_value_or_none_is_one_region():
    config = RegionConfig(background=uniform(5), structure=uniform(5), equalised=uniform(0))
    made = scene(torch.zeros(1, 1, 8, 8), [torch.full((1, 1, 8, 8), 7.0)], config)
    assert len(made.of_region(torch.arange(5.0).expand(1, 3, 3, 5)).unique()) == 1


def test_the_number_of_regions_is_that_of_the_settings():
    config = RegionConfig(background=uniform(4, 6), structure=uniform(2))
    params = draw(config, 500)
    count = (params.cuts <= 1).sum(-1) + 1
    assert set(count[:, 0].tolist()) == {4, 5, 6}
    assert set(count[:, 1:].flatten().tolist()) == {2}
    assert most_regions(config) == 6


def test_no_contrast_of_the_real_image_survives():
    """Over many samples, the mean that a region gets does not depend on how bright the region really is.

    Unless it is told to: what is darkest shall stay dark (`curve_begin`).
    """
    guide = torch.linspace(0, 1, 40).repeat(40, 1)[None, None]
    config, n = RegionConfig(background=uniform(8)), 400
    made = scene(torch.zeros(n, 1, 40, 40), [guide * (BINS - 1)] * n, config)
    mean, _ = sample_prior(
        IntensityConfig(curve_begin=uniform(0, 1)), n, layout(config), torch.Generator().manual_seed(1)
    )
    image = made.of_region(mean)
    assert image.flatten(1).std(1).mean() > 0.1
    correlations = [
        torch.corrcoef(torch.stack((guide.flatten(), sample.flatten())))[0, 1] for sample in image.flatten(1)
    ]
    mean, error = torch.stack(correlations).mean(), torch.stack(correlations).std() / n**0.5
    assert abs(mean) < 4 * error
    assert torch.stack(correlations).std() > 0.2


def test_settings_without_a_region_are_refused():
    with pytest.raises(ValueError, match="background: expected more than 0"):
        RegionConfig(background=uniform(0, 3))
    with pytest.raises(ValueError, match="background: expected a law with ends"):
        RegionConfig(background=normal(5, 2))
    with pytest.raises(ValueError, match="structure: expected whole numbers"):
        RegionConfig(structure=uniform(3, 5.6))
    with pytest.raises(ValueError, match="guide"):
        RegionConfig(guide="picture")


def test_in_3d_a_smooth_guide_is_found_where_it_is():
    size = (3, 24, 20)
    ramp = torch.linspace(20, 200, 24)[:, None] + torch.linspace(0, 50, 20)
    code = encode(torch.ones(1, 1, *size), [ramp.expand(1, 1, *size).contiguous()], still(1, size))
    assert ((code - 1)[..., 2:-2, 2:-2] - ramp.expand(1, 1, *size)[..., 2:-2, 2:-2]).abs().max() <= 1.01


@pytest.mark.parametrize("size", [395, 396, 397, 399])
def test_the_guide_is_not_stretched_against_the_labels_whatever_the_size(size):
    """A ramp, brought to a coarse grid and looked up again, is what it was."""
    grid = Grid((size, 8), (0.47, 0.47))
    ramp = torch.arange(float(size))[:, None].expand(1, 1, size, 8).contiguous()
    params = draw(RegionConfig(guide_resolution_mm=uniform(1.9)))
    guide = cluster_guides(ramp, params, grid)
    assert guide[0].shape[2] <= size // 4 + 1
    code = encode(torch.ones(1, 1, size, 8), guide, still(1, (size, 8)))
    voxels = ((code - 1).float() + 0.5) / (BINS - 1) * (size - 1)
    assert (voxels - ramp)[:, :, 8:-8].abs().mean() < 2.5
