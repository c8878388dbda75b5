"""Laws of the whole recipe."""

from contextlib import nullcontext
from dataclasses import replace

import pytest
import torch

from nnunet_spine.synth import PRESETS, Grid, SynthConfig, SynthGenerator
from nnunet_spine.synth.config import RegionConfig
from nnunet_spine.synth.config.presets import NOTHING
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.steps import select

TISSUES = (0, 1, 2, 3)
GRIDS = [Grid((40, 32), (1.0, 1.2)), Grid((6, 24, 20), (4.0, 1.0, 1.0))]


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(grid: Grid, n: int = 3, margin: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Blocks of labels in a smooth image, and a rim of padding."""
    size = tuple(s + margin for s in grid.size)
    labels = torch.zeros(n, 1, *size, dtype=torch.int16)
    for value in (1, 2, 3):
        labels[..., 4 * value : 4 * value + 4, 5:15] = value
    labels[..., -2:] = -1
    image = torch.randn(n, 1, *size, generator=rng(1)).cumsum(-1) + labels
    return labels, image.masked_fill(labels < 0, 0)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("guide", ["clusters", "shapes", "flat"])
def test_images_and_labels_lie_on_the_grid_and_are_finite(grid, guide, device):
    generator = SynthGenerator(TISSUES, grid, SynthConfig(regions=RegionConfig(guide=guide)))
    labels, image = (x.to(device) for x in batch(grid, margin=6))
    synthetic = generator(labels, image if guide == "clusters" else None, rng())
    assert synthetic.image.shape == synthetic.labels.shape == (3, 1, *grid.size)
    assert synthetic.image.dtype == torch.float32
    assert synthetic.labels.dtype == torch.int16
    assert synthetic.image.isfinite().all()
    assert synthetic.image.std() > 0.3
    assert set(synthetic.labels.unique().tolist()) <= {-1, 0, 1, 2, 3}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("grid", GRIDS)
def test_every_preset_makes_finite_images_of_valid_labels(grid, preset):
    labels, image = batch(grid, 12, margin=6)
    made = SynthGenerator(TISSUES, grid, PRESETS[preset], labels.shape[2:])(labels, image, rng())
    assert made.image.isfinite().all()
    assert made.image.abs().max() < 30
    assert set(made.labels.unique().tolist()) <= {-1, 0, 1, 2, 3}


@pytest.mark.parametrize("grid", [Grid((200, 160), (0.6, 0.6)), Grid((4, 60, 48), (4.0, 1.2, 1.2))])
@pytest.mark.parametrize("preset", ["spine", "strong", "augment"])
def test_a_batch_as_a_whole_is_what_it_is_sample_by_sample(grid, preset, device):
    """Other devices than the CPU take the whole batch at once; some of its samples have lesions, others have none."""
    labels, image = batch(grid, 12, margin=7)
    generator = SynthGenerator(TISSUES, grid, PRESETS[preset], labels.shape[2:])
    made = generator(labels, image, rng(3))
    whole = generator.apply(labels.to(device), image.to(device), made.params, at_once=True)
    tolerance = 0 if device == "cpu" else 1e-3
    assert (whole.labels.cpu() != made.labels).float().mean() <= tolerance
    assert ((whole.image.cpu() - made.image).abs() > 1e-2).float().mean() <= tolerance


@pytest.mark.parametrize("grid", GRIDS)
def test_the_same_seed_makes_the_same_image_and_another_seed_another(grid):
    generator = SynthGenerator(TISSUES, grid)
    first, again, other = (generator(*batch(grid), rng(seed)) for seed in (5, 5, 6))
    assert torch.equal(first.image, again.image)
    assert torch.equal(first.labels, again.labels)
    assert not torch.allclose(first.image, other.image)


@pytest.mark.parametrize("grid", GRIDS)
def test_the_parameters_alone_make_the_image_again(grid):
    generator = SynthGenerator(TISSUES, grid)
    made = generator(*batch(grid), rng())
    assert torch.equal(generator.apply(*batch(grid), made.params).image, made.image)


@pytest.mark.parametrize("grid", GRIDS)
def test_a_batch_is_what_its_samples_are_alone(grid):
    generator = SynthGenerator(TISSUES, grid)
    labels, image = batch(grid, 5)
    together = generator(labels, image, rng())
    for i in range(5):
        alone = generator.apply(labels[i : i + 1], image[i : i + 1], select(together.params, slice(i, i + 1)))
        assert torch.equal(alone.labels, together.labels[i : i + 1])
        assert torch.equal(alone.image, together.image[i : i + 1])


@pytest.mark.parametrize("guide", ["clusters", "shapes", "flat"])
@pytest.mark.parametrize("grid", GRIDS)
def test_an_ignore_label_is_seen_in_the_target_and_not_in_the_image(grid, guide):
    """Where readers stopped to label, no real image has a border."""
    generator = SynthGenerator((*TISSUES, 0), grid, SynthConfig(regions=RegionConfig(guide=guide)))
    labels, image = batch(grid)
    ignored = labels.clone()
    ignored[..., 16:, :].masked_fill_(labels[..., 16:, :] == 0, 4)
    with_ignore, without = (generator(each, image, rng(3)) for each in (ignored, labels))
    assert torch.equal(with_ignore.image, without.image)
    assert 4 in with_ignore.labels
    assert torch.equal(with_ignore.labels.where(with_ignore.labels != 4, 0), without.labels)


def test_samples_of_a_batch_differ():
    labels, image = batch(GRIDS[0], 1)
    made = SynthGenerator(TISSUES, GRIDS[0])(labels.repeat(4, 1, 1, 1), image.repeat(4, 1, 1, 1), rng())
    for i in range(3):
        assert not torch.allclose(made.image[i], made.image[i + 1], atol=0.1)


def test_what_lies_beyond_the_image_is_0_and_has_no_label():
    labels, image = batch(GRIDS[0])
    made = SynthGenerator(TISSUES, GRIDS[0])(labels, image, rng())
    assert (made.labels == -1).any()
    assert torch.equal(made.image[made.labels == -1], torch.zeros_like(made.image[made.labels == -1]))


@pytest.mark.parametrize(
    "labels",
    [
        torch.zeros(2, 1, 40, 32),
        torch.full((2, 1, 40, 32), -1),
        torch.full((2, 1, 40, 32), 3),
        torch.randint(-1, 4, (2, 1, 40, 32)),
    ],
)
@pytest.mark.parametrize("image", [torch.zeros(2, 1, 40, 32), torch.full((2, 1, 40, 32), 1e6)])
def test_empty_constant_and_speckled_inputs_give_finite_images(labels, image):
    made = SynthGenerator(TISSUES, GRIDS[0])(labels, image, rng())
    assert made.image.isfinite().all()
    assert made.image.abs().max() < 20


def test_an_image_one_voxel_wide_is_no_special_case():
    grid = Grid((30, 1), (1.0, 1.0))
    made = SynthGenerator(TISSUES, grid)(torch.ones(2, 1, 30, 1), torch.rand(2, 1, 30, 1), rng())
    assert made.image.isfinite().all()


def test_autocast_around_it_changes_nothing():
    generator = SynthGenerator(TISSUES, GRIDS[0])
    plain = generator(*batch(GRIDS[0]), rng())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = generator(*batch(GRIDS[0]), rng())
    assert torch.equal(plain.image, inside.image)


def test_nothing_needs_a_gradient():
    labels, image = batch(GRIDS[0])
    assert not SynthGenerator(TISSUES, GRIDS[0])(labels, image.requires_grad_(), rng()).image.requires_grad


def test_wrong_shapes_are_refused():
    generator = SynthGenerator(TISSUES, GRIDS[0])
    labels, image = batch(GRIDS[0])
    with pytest.raises(ValueError, match="image"):
        generator(labels, None, rng())
    with pytest.raises(ValueError, match="size of at least"):
        generator(labels[..., :-5], image[..., :-5], rng())
    with pytest.raises(ValueError, match="in 2D"):
        generator(labels[:, :, None], image[:, :, None], rng())
    with pytest.raises(ValueError, match="values from -1 to 3, got -1 to 7"):
        generator(labels.masked_fill(labels == 3, 7), image, rng())
    with pytest.raises(ValueError, match="tissues"):
        SynthGenerator((), GRIDS[0])
    with pytest.raises(ValueError, match="grid"):
        Grid((4,), (1.0,))
    with pytest.raises(ValueError, match="above 0"):
        Grid((4, 4), (1.0, 0.0))


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_waits_for_the_device(grid, preset, monkeypatch):
    """On a device that holds no values, whoever asks for one gets an error: so no step can wait for a GPU."""
    monkeypatch.setattr(torch, "autocast", lambda *args, **kwargs: nullcontext())  # does not know this device
    generator = SynthGenerator(TISSUES, grid, PRESETS[preset])
    labels, image = (x.to("meta") for x in batch(grid, 16))
    made = generator.apply(labels, image, generator.sample(16, rng()))
    assert made.image.device.type == made.labels.device.type == "meta"
    assert made.image.shape == (16, 1, *grid.size)


@pytest.mark.parametrize(("guide", "alike"), [("clusters", True), ("shapes", False)])
def test_a_vertebra_is_like_what_is_as_bright_around_it_where_the_guide_is_an_image(guide, alike):
    """S1 has no label and looks like L5; where regions follow no image, nothing would tell where a structure is."""
    grid = Grid((32, 32), (1.0, 1.0))
    regions = RegionConfig(guide=guide, guide_resolution_mm=uniform(1))
    config = replace(NOTHING, regions=regions, intensity=replace(NOTHING.intensity, alike={"vertebra": 1.0}))
    image = torch.arange(32.0).expand(1, 1, 32, 32)
    labels = torch.zeros(1, 1, 32, 32, dtype=torch.int16)
    labels[..., :16, :] = 1
    made = SynthGenerator((0, 1), grid, config)(labels, image if alike else None, rng()).image[0, 0]
    assert torch.equal(made[0], made[-1]) == alike
