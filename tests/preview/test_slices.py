"""Which slice is shown, and what is made of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnunet_spine.dataset_conversion.labelled import LabelledVolume
from nnunet_spine.preview.slices import Synthesiser, choose_slice
from nnunet_spine.synth.config.presets import NOTHING

from .conftest import TISSUES


def test_the_slice_lies_in_the_middle_of_the_labels_across_the_largest_spacing(volume: LabelledVolume):
    chosen = choose_slice(volume)
    assert (chosen.plane, chosen.number, chosen.case) == ("sagittal", 2, "1_t1")
    np.testing.assert_array_equal(chosen.labels, volume.labels[:, :, 2])
    np.testing.assert_array_equal(chosen.image, volume.image[:, :, 2])
    assert chosen.spacing_mm == (1.5, 1.5)
    assert chosen.extent_mm == (72, 60)


@pytest.mark.parametrize(
    ("plane", "shape", "spacing_mm"),
    [("sagittal", (48, 40), (1.5, 1.5)), ("coronal", (48, 5), (1.5, 4.0)), ("axial", (40, 5), (1.5, 4.0))],
)
def test_planes_and_numbers_can_be_chosen(
    plane: str, shape: tuple[int, int], spacing_mm: tuple[float, float], volume: LabelledVolume
):
    chosen = choose_slice(volume, plane, 1)
    assert (chosen.plane, chosen.number, chosen.image.shape, chosen.spacing_mm) == (plane, 1, shape, spacing_mm)


def test_an_empty_middle_is_not_shown(volume: LabelledVolume):
    labels = volume.labels.copy()
    labels[:, :, 1:4] = 0
    labels[:, :, 0], labels[4:9, 4:9, 4] = volume.labels[:, :, 2], 1
    assert choose_slice(replace(volume, labels=labels)).number == 0


def test_a_single_slice_is_the_one(volume: LabelledVolume):
    one = replace(volume, image=volume.image[20:21], labels=volume.labels[20:21])
    assert (choose_slice(one).plane, choose_slice(one).number) == ("axial", 0)


def test_what_cannot_be_shown_is_told(volume: LabelledVolume):
    with pytest.raises(ValueError, match="slice: expected less than 5, the sagittal slices of 1_t1, got 5"):
        choose_slice(volume, number=5)
    with pytest.raises(ValueError, match="1_t1: expected labelled voxels, found background only"):
        choose_slice(replace(volume, labels=np.zeros_like(volume.labels)))


def test_a_synthetic_slice_depends_on_the_seed_alone(volume: LabelledVolume):
    make = Synthesiser(choose_slice(volume), TISSUES)
    (image, labels), (again, _), (other, _) = make(NOTHING, 3), make(NOTHING, 3), make(NOTHING, 4)
    np.testing.assert_array_equal(labels, make.slice.labels)
    np.testing.assert_array_equal(image, again)
    assert not np.array_equal(image, other)


def test_only_large_slices_become_coarser(volume: LabelledVolume):
    small = choose_slice(volume)
    assert small.coarser() is small
    large = replace(small, image=np.tile(small.image, (8, 8)), labels=np.tile(small.labels, (8, 8)))
    coarse = large.coarser()
    assert coarse.image.shape == coarse.labels.shape == (192, 160)
    assert coarse.extent_mm == large.extent_mm
