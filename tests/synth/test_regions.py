import pytest
import torch

from nnunet_spine.synth.config import IntensityConfig, RegionConfig
from nnunet_spine.synth.intensity import sample_mixture
from nnunet_spine.synth.ranges import normal, uniform
from nnunet_spine.synth.regions import (
    BINS,
    OUTSIDE,
    count_codes,
    encode,
    image_guide,
    look_up,
    most_regions,
    region_of_code,
    sample_regions,
    table_of_classes,
    table_of_regions,
)
from nnunet_spine.synth.steps import Grid

TISSUES = torch.tensor([0, 1, 2])


def test_a_code_holds_class_and_bin_exactly():
    labels = torch.randint(-1, 16, (2, 1, 40, 40))
    guide = torch.rand(2, 1, 40, 40)
    code = encode(labels, guide)
    assert torch.equal(look_up(code, table_of_classes(16, code.device)), labels.to(torch.int16))
    assert torch.equal(code == OUTSIDE, labels < 0)
    low, high = guide.amin((1, 2, 3), keepdim=True), guide.amax((1, 2, 3), keepdim=True)
    bins = ((guide - low) / (high - low) * (BINS - 1)).round()
    assert ((code - 1) % BINS - bins)[labels >= 0].abs().max() <= 1


def test_a_few_bright_voxels_do_not_take_the_bins_from_the_rest():
    guide = torch.rand(1, 1, 100, 100)
    guide[..., 0, :5] = 1000
    bins = encode(torch.zeros(1, 1, 100, 100), guide).unique()
    assert len(bins) > 3
    guide[..., 0, :5] = guide.mean() + 4 * 0.29
    assert len(encode(torch.zeros(1, 1, 100, 100), guide).unique()) > BINS // 2


def test_what_is_not_a_number_in_the_guide_does_no_harm():
    image = torch.rand(1, 1, 16, 16)
    image[..., 3, 3] = float("nan")
    params = sample_regions(RegionConfig(), 1, TISSUES, torch.Generator().manual_seed(0))
    assert image_guide(image, params, Grid((16, 16), (1.0, 1.0))).isfinite().all()


def test_beyond_the_image_is_as_bright_as_the_image_on_average():
    guide = torch.rand(2, 1, 40, 40)
    labels = torch.zeros(2, 1, 40, 40)
    labels[..., :5] = -1
    code = encode(labels, guide)
    counts = count_codes(code, 3)
    params = sample_regions(RegionConfig(), 2, TISSUES, torch.Generator().manual_seed(0))
    mean = torch.rand(2, 3, most_regions(RegionConfig()))
    image = look_up(code, table_of_regions(region_of_code(counts, params), mean, outside=counts))
    for sample, inside in zip(image, labels >= 0, strict=True):
        assert torch.allclose(sample[~inside], sample[inside].mean(), atol=1e-4)


def test_regions_cut_a_class_at_the_quantiles_asked_for():
    guide = torch.rand(1, 1, 200, 200) ** 3
    params = sample_regions(RegionConfig(), 1, TISSUES, torch.Generator().manual_seed(0))
    params = params._replace(cuts=torch.tensor([0.25, 0.75, 2.0]).expand(1, 3, 3))
    code = encode(torch.zeros(1, 1, 200, 200), guide)
    region = look_up(
        code, table_of_regions(region_of_code(count_codes(code, 3), params), torch.arange(4.0).expand(1, 3, 4))
    )
    share = torch.bincount(region.flatten().long(), minlength=4) / region.numel()
    assert share == pytest.approx([0.25, 0.5, 0.25, 0], abs=0.03)
    assert guide[region == 0].max() <= guide[region == 1].min() + 1e-2


def test_the_number_of_regions_is_that_of_the_settings():
    config = RegionConfig(background=uniform(4, 6), structure=uniform(2))
    params = sample_regions(config, 500, TISSUES, torch.Generator().manual_seed(0))
    count = (params.cuts <= 1).sum(-1) + 1
    assert set(count[:, 0].tolist()) == {4, 5, 6}
    assert set(count[:, 1:].flatten().tolist()) == {2}
    assert most_regions(config) == 6


def test_no_contrast_of_the_real_image_survives():
    """Over many samples, the mean that a region gets does not depend on how bright the region really is."""
    guide = torch.linspace(0, 1, 64).repeat(64, 1)[None, None]
    config, n = RegionConfig(background=uniform(8)), 400
    rng = torch.Generator().manual_seed(0)
    code = encode(torch.zeros(n, 1, 64, 64), guide.expand(n, -1, -1, -1))
    region = region_of_code(count_codes(code, 3), sample_regions(config, n, TISSUES, rng))
    mixture = sample_mixture(IntensityConfig(), n, TISSUES, most_regions(config), rng)
    image = look_up(code, table_of_regions(region, mixture.mean))
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
    with pytest.raises(ValueError, match="background: expected a uniform law"):
        RegionConfig(background=normal(5, 2))
    with pytest.raises(ValueError, match="structure: expected whole numbers"):
        RegionConfig(structure=uniform(3, 5.6))
    with pytest.raises(ValueError, match="guide"):
        RegionConfig(guide="picture")
