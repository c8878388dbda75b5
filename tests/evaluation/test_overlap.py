"""One count of pairs of labels, and the overlaps that follow from it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnunet_spine.evaluation.overlap import Overlap, as_labels, confusion


@pytest.fixture
def label_maps() -> tuple[np.ndarray, np.ndarray]:
    """Two of four classes, half of whose voxels agree."""
    rng = np.random.default_rng(0)
    reference, other = rng.integers(0, 4, (2, 5, 6, 7), dtype=np.uint8)
    return reference, np.where(rng.random(reference.shape) < 0.5, reference, other)


def test_rows_are_the_reference():
    assert confusion(np.array([[0, 1, 1, 2]]), np.array([[0, 1, 2, 2]]), 3).tolist() == [
        [1, 0, 0],
        [0, 1, 1],
        [0, 0, 1],
    ]


def test_counts_are_those_of_masks(label_maps):
    reference, prediction = label_maps
    counts = confusion(*label_maps, 4)
    assert counts.shape == (4, 4)
    for row, column in np.ndindex(4, 4):
        assert counts[row, column] == np.sum((reference == row) & (prediction == column))


@pytest.mark.parametrize("size", [2, 16, 17, 256, 257])
def test_many_labels_are_not_mixed_up(size):
    labels = np.arange(size, dtype=np.uint16)
    assert np.array_equal(confusion(labels, labels[::-1], size), np.eye(size)[::-1])


@pytest.mark.parametrize("values", [(1,), (1, 3), (1, 2, 3)])
def test_metrics_of_labels_and_groups_are_those_of_masks(label_maps, values):
    first, second = (np.isin(one, values) for one in label_maps)
    both, reference, prediction = (first & second).sum(), first.sum(), second.sum()
    overlap = Overlap.of(confusion(*label_maps, 4), values, values)
    assert (overlap.reference, overlap.prediction) == (reference, prediction)
    assert overlap.dice == pytest.approx(2 * both / (reference + prediction))
    assert overlap.iou == pytest.approx(both / (first | second).sum())
    assert overlap.precision == pytest.approx(both / prediction)
    assert overlap.recall == pytest.approx(both / reference)


def test_metrics_are_medpys(label_maps):
    from medpy.metric import binary

    first, second = (one == 2 for one in label_maps)
    overlap = Overlap.of(confusion(*label_maps, 4), (2,), (2,))
    assert overlap.dice == pytest.approx(binary.dc(second, first))
    assert overlap.iou == pytest.approx(binary.jc(second, first))
    assert overlap.precision == pytest.approx(binary.precision(second, first))
    assert overlap.recall == pytest.approx(binary.recall(second, first))


def test_labels_of_different_numbers_can_be_compared(label_maps):
    first, second = label_maps
    overlap = Overlap.of(confusion(*label_maps, 4), (1,), (2,))
    assert overlap.true_positive == np.sum((first == 1) & (second == 2))


def test_a_missed_structure_is_worth_nothing_and_an_absent_one_undefined():
    missed = Overlap(0, 0, 5)
    assert [missed.dice, missed.iou, missed.precision, missed.recall] == [0, 0, 0, 0]
    for absent in (Overlap(0, 0, 0), Overlap(0, 3, 0)):
        assert all(math.isnan(x) for x in (absent.dice, absent.iou, absent.precision, absent.recall))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.float32, ">i2"])
def test_type_and_layout_do_not_matter(dtype):
    array = np.arange(6, dtype=dtype).reshape(2, 3).T
    labels = as_labels(array, 5, "reference")
    assert labels.dtype == np.uint8
    assert labels.flags.c_contiguous
    assert np.array_equal(labels, array)


def test_values_above_a_byte_fit():
    assert as_labels(np.array([300.0]), 300, "reference").tolist() == [300]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 4, 260], "prediction: expected labels from 0 to 3, got 4, 260"),
        ([0, -1], "got -1"),
        ([1.0, 256.0], "got 256"),
        ([1.0, 1.5], "prediction: expected whole numbers, got 1.5"),
        ([1.0, math.nan], "got nan"),
        ([1.0, math.inf], "got inf"),
        (range(10, 20), "got 10, 11, 12, 13, 14, ...$"),
    ],
)
def test_what_is_no_label_is_named(values, expected):
    with pytest.raises(ValueError, match=expected):
        as_labels(np.array(list(values)), 3, "prediction")
