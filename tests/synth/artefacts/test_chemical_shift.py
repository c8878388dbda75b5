"""Fat moves by the voxels asked for, water does not."""

import pytest
import torch

from nnunet_spine.synth.artefacts import ChemicalShiftParams, apply_chemical_shift, sample_chemical_shift
from nnunet_spine.synth.config import ChemicalShiftConfig
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.tissues import CORTEX, POSTERIOR

SIZE = (20, 24)
FAT, MARROW, CANAL = 0, 1, 2


def params(layout, shift_px: float, axis: int) -> ChemicalShiftParams:
    """Class 0 is fat, class 1 half of it, all others are water."""
    fraction = torch.zeros(1, *layout.shape)
    fraction[:, :, FAT], fraction[:, :, MARROW] = 1, 0.5
    return ChemicalShiftParams(torch.tensor([True]), torch.tensor([shift_px]), torch.tensor([axis]), fraction)


@pytest.fixture
def layout(layout_of):
    return layout_of(*SIZE)


@pytest.mark.parametrize("axis", [-2, -1])
@pytest.mark.parametrize("shift", [-3, 1, 2])
def test_fat_moves_by_whole_voxels_and_water_stays(axis, shift, layout, scene_of):
    x = torch.zeros(1, 1, *SIZE)
    labels = torch.full_like(x, CANAL, dtype=torch.long)
    x[..., 10, 12], labels[..., 10, 12] = 0.8, FAT
    x[..., 5, 6] = 0.6
    x[..., 15, 8], labels[..., 15, 8] = 0.4, MARROW
    expected = torch.zeros_like(x)
    expected[..., 5, 6] = 0.6
    expected[..., 15, 8] = 0.2
    fat = torch.zeros_like(x)
    fat[..., 10, 12], fat[..., 15, 8] = 0.8, 0.2
    y = apply_chemical_shift(x, params(layout, shift, axis), scene_of(layout, labels))
    torch.testing.assert_close(y, expected + fat.roll(shift, axis))


@pytest.mark.parametrize(("shift", "left", "right"), [(1.25, 0.75, 0.25), (-1.25, 0.25, 0.75)])
def test_parts_of_a_voxel_are_shared_between_its_neighbours(shift, left, right, layout, scene_of):
    x = torch.zeros(1, 1, *SIZE)
    x[..., 10, 12] = 1
    y = apply_chemical_shift(x, params(layout, shift, -1), scene_of(layout, FAT))[0, 0, 10]
    first = 13 if shift > 0 else 10
    assert y[first : first + 2].tolist() == pytest.approx([left, right])
    assert y.sum() == pytest.approx(1)


def test_a_border_of_fat_and_water_turns_dark_on_one_side_and_bright_on_the_other(layout, scene_of):
    x = torch.ones(1, 1, *SIZE)
    labels = torch.full_like(x, CANAL, dtype=torch.long)
    labels[..., 8:16] = FAT
    y = apply_chemical_shift(x, params(layout, 2, -1), scene_of(layout, labels))[0, 0, 3]
    assert y.tolist() == [*[1.0] * 8, 0.0, 0.0, *[1.0] * 6, 2.0, 2.0, *[1.0] * 6]


@pytest.mark.parametrize("shift", [-100, -2.5, 2.5, 100])
@pytest.mark.parametrize("axis", [-2, -1])
def test_fat_goes_on_beyond_the_field_of_view(shift, axis, layout, scene_of):
    x = torch.full((1, 1, *SIZE), 0.7)
    y = apply_chemical_shift(x.clone(), params(layout, shift, axis), scene_of(layout, FAT))
    torch.testing.assert_close(y, x)


def test_what_is_fat_is_as_asked_for(layout):
    config = ChemicalShiftConfig(fat_regions=0.4, marrow_fat=uniform(0.2, 0.6), shift_px=uniform(1, 3))
    drawn = sample_chemical_shift(config, 2000, layout, torch.Generator().manual_seed(0))
    fat = drawn.fat_fraction
    assert fat.shape == (2000, *layout.shape)
    assert fat[:, 0, 0].gt(0).float().mean() == pytest.approx(0.4, abs=0.03)
    assert fat[:, :, 0][fat[:, :, 0] > 0].min() >= 0.9
    marrow = fat[:, 0, 1, 0]
    assert marrow.mean() == pytest.approx(0.4, abs=0.02)
    assert 0.2 <= marrow.min() <= marrow.max() <= 0.6
    assert torch.equal(fat[:, POSTERIOR, 1, 2], marrow)
    assert fat[:, CORTEX].max() == 0
    assert fat[:, :, 2:].max() == 0
    assert drawn.shift_px.abs().min() >= 1
    assert drawn.shift_px.sign().mean() == pytest.approx(0, abs=0.1)
