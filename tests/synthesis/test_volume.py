"""One synthetic volume: seeds, axes, stored intensities."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from nnunet_spine.dataset_conversion.labelled import LabelledVolume, read_labelled
from nnunet_spine.plumbing.datasets import RawDataset
from nnunet_spine.synth import PRESETS
from nnunet_spine.synth.config.presets import NOTHING
from nnunet_spine.synthesis.volume import HIGHEST, seed_of, slice_axis, stored_intensities, synthesise_volume

TISSUES = (0, 1, 2, 3, 0)


@pytest.fixture
def volume(source: RawDataset) -> LabelledVolume:
    return read_labelled(source.cases()[0], source.labels)


def test_seeds_differ_in_every_part_and_fit_into_a_record():
    seeds = {seed_of(seed, case, index) for seed in (0, 1) for case in ("1_t1", "11_t1") for index in range(20)}
    assert len(seeds) == 80
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert seed_of(0, "1_t1", 0) == 2802202034116261897  # what was once written down can be made again


@pytest.mark.parametrize(
    ("size", "spacing_mm", "axis"),
    [
        ((40, 32, 5), (1.2, 1.0, 4.0), 2),
        ((40, 32, 5), (4.0, 1.0, 4.0), 0),
        ((40, 1, 5), (4.0, 0.1, 4.0), 1),
        ((9, 9, 9), (1.0, 1.0, 1.0), 0),
    ],
)
def test_slices_are_those_of_nnunet(size: tuple[int, ...], spacing_mm: tuple[float, ...], axis: int):
    assert slice_axis(size, spacing_mm) == axis


@pytest.mark.parametrize("dim", ["3d", "2d"])
def test_nothing_leaves_the_labels_alone(dim: str, volume: LabelledVolume):
    image, labels = synthesise_volume(volume, TISSUES, NOTHING, dim, seed=3)
    np.testing.assert_array_equal(labels, volume.labels)
    assert image.shape == labels.shape
    for slice_ in [np.s_[:]] if dim == "3d" else [np.s_[:, :, k] for k in range(labels.shape[2])]:
        regions = [set(image[slice_][labels[slice_] == value].tolist()) for value in np.unique(labels[slice_])]
        assert all(len(values) == 1 for values in regions)


def test_slices_of_2d_have_nothing_in_common_and_those_of_3d_have(volume: LabelledVolume):
    def contrasts(dim: str) -> int:
        image, labels = synthesise_volume(volume, TISSUES, NOTHING, dim, seed=3)
        return len({float(image[:, :, k][labels[:, :, k] == 2].mean()) for k in (1, 2, 3)})

    assert (contrasts("3d"), contrasts("2d")) == (1, 3)


def test_a_single_slice_is_synthesised_in_2d(volume: LabelledVolume):
    one = dataclasses.replace(volume, image=volume.image[:, :, 2:3], labels=volume.labels[:, :, 2:3])
    made = [synthesise_volume(one, TISSUES, PRESETS["spine"], dim, seed=3) for dim in ("2d", "3d")]
    for flat, deep in zip(*made, strict=True):
        assert flat.shape == (40, 32, 1)
        np.testing.assert_array_equal(flat, deep)


def test_the_number_of_threads_changes_nothing_and_stays(volume: LabelledVolume):
    before = torch.get_num_threads()
    made = []
    for threads in (1, 3):
        torch.set_num_threads(threads)
        made.append(synthesise_volume(volume, TISSUES, PRESETS["spine"], "3d", seed=5)[0])
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    np.testing.assert_array_equal(*made)


def test_stored_intensities_keep_their_order_and_0_is_beyond_the_field_of_view():
    image = np.array([[-2.0, -1.0, 0.0], [0.5, 3.0, 99.0]], np.float32)
    inside = np.array([[True, True, True], [True, True, False]])
    stored = stored_intensities(image, inside)
    assert stored.dtype == np.int16
    assert (stored[0, 0], stored[1, 1], stored[1, 2]) == (1, HIGHEST, 0)
    relative = (stored[inside] - 1) / (HIGHEST - 1)
    np.testing.assert_allclose(relative, (image[inside] + 2) / 5, atol=1 / HIGHEST)


def test_stored_intensities_of_nothing_and_of_a_constant():
    assert not stored_intensities(np.ones((2, 2), np.float32), np.zeros((2, 2), bool)).any()
    assert (stored_intensities(np.full((2, 2), -3, np.float32), np.ones((2, 2), bool)) == 1).all()
