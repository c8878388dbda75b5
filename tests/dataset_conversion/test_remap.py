"""Mask values: counted right, looked up right, unknown ones named; numberings told apart."""

from __future__ import annotations

import numpy as np
import pytest

from nnunet_spine.dataset_conversion.numbering import recognise, renumbering
from nnunet_spine.dataset_conversion.remap import apply_table, class_counts, spider_values, tabulate
from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.labels import CANAL_VALUE, DISC_OFFSET, STRUCTURES, scheme_of


def column(*values: int) -> np.ndarray:
    """A mask whose slices from the feet to the head have these values."""
    return np.asfortranarray(np.tile(np.array(values, np.uint8), (2, 3, 1)))


def test_every_voxel_is_counted(spine: Volume):
    table = tabulate(np.asfortranarray(spine.data))
    values, counts = np.unique(spine.data[spine.data > 0], return_counts=True)
    assert table.counts == dict(zip(values.tolist(), counts.tolist(), strict=True))
    for x, row in enumerate(table.per_slice):
        np.testing.assert_array_equal(row[1:], np.bincount(spine.data[x].ravel(), minlength=256)[1:])


def test_heights_are_mean_positions(spine: Volume):
    heights = tabulate(np.asfortranarray(spine.data)).heights
    assert heights == {v: np.nonzero(spine.data == v)[2].mean() for v in np.unique(spine.data) if v}


def test_heights_of_a_volume_higher_than_the_steps():
    mask = np.zeros((2, 2, 1000), np.uint8, order="F")
    mask[..., 100:200], mask[..., 700:900] = 1, 2
    heights = tabulate(mask).heights
    assert heights[1] == pytest.approx(149.5, abs=4)
    assert heights[2] == pytest.approx(799.5, abs=4)


def test_an_empty_mask_is_refused():
    with pytest.raises(ValueError, match="empty"):
        tabulate(column(0, 0))


def test_an_unknown_value_is_named_with_its_count():
    with pytest.raises(
        ValueError,
        match=r"unknown label value 77 \(12 voxels\), 200 \(6 voxels\); known are 0, 1-25, 100, 101-125, 201-225$",
    ):
        tabulate(column(1, 77, 77, 200))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_whole_numbers_of_any_type_are_values(dtype: type):
    found = spider_values(np.array([0, 1, 100], dtype))
    assert found.dtype == np.uint8
    assert found.tolist() == [0, 1, 100]


def test_broken_numbers_are_refused():
    with pytest.raises(ValueError, match="2 voxels are not whole numbers"):
        spider_values(np.array([0, 1, 1.5, np.nan], np.float32))


@pytest.mark.parametrize("value", [-3, 256, 300])
def test_values_outside_a_byte_are_unknown(value: int):
    with pytest.raises(ValueError, match=rf"unknown label value {value} \(2 voxels\)"):
        spider_values(np.array([0, value, value, 1], np.int16))


@pytest.mark.parametrize("order", ["C", "F"])
def test_apply_table_is_indexing(order: str):
    rng = np.random.default_rng(0)
    mask, table = rng.integers(0, 256, (3, 4, 5), np.uint8), rng.integers(0, 256, 256, np.uint8)
    found = apply_table(np.asarray(mask, order=order), table)
    np.testing.assert_array_equal(found, table[mask])
    assert found.flags.f_contiguous


def test_classes_are_counted_by_their_values():
    table = scheme_of("4class").lookup()
    assert class_counts({1: 5, 9: 2, 101: 1, CANAL_VALUE: 7, DISC_OFFSET + 3: 4}, table) == {1: 8, 2: 7, 3: 4}


def test_spiders_numbering_is_recognised():
    assert recognise({1: 10.0, 2: 20.0, 3: 30.0, CANAL_VALUE: 20.0}) == "spider"


def test_a_gap_and_a_crooked_order_do_not_matter():
    assert recognise({1: 10.0, 2: 21.0, 4: 20.0, 9: 80.0}) == "spider"


@pytest.mark.parametrize("lowest", [23, 24, 25])
def test_the_algorithms_numbering_is_recognised(lowest: int):
    assert recognise({lowest - k: 10.0 * k for k in range(5)}) == "algorithm"


def test_a_whole_spine_of_the_algorithm_is_recognised():
    assert recognise({number: 250.0 - 10 * number for number in range(1, 25)}) == "algorithm"


def test_numbers_that_grow_downwards_from_one_are_neither():
    assert recognise({1: 60.0, 2: 50.0, 3: 40.0}) == "reversed"


@pytest.mark.parametrize(("value", "numbering"), [(1, "spider"), (9, "spider"), (24, "algorithm"), (124, "algorithm")])
def test_a_single_level_is_told_by_its_number(value: int, numbering: str):
    assert recognise({value: 10.0}) == numbering


def test_discs_tell_where_vertebrae_are_too_few():
    assert recognise({24: 10.0, 224: 5.0, 223: 15.0}) == "algorithm"
    assert recognise({224: 5.0, 223: 15.0}) == "algorithm"
    assert recognise({201: 5.0, 202: 15.0}) == "spider"
    assert recognise({CANAL_VALUE: 10.0}) == "spider"


def test_renumbering_counts_from_l5():
    table = renumbering([24, 23, 224, 123, CANAL_VALUE])
    assert {v: int(table[v]) for v in (24, 23, 20, 224, 223, 123, CANAL_VALUE, 0)} == {
        24: 1,
        23: 2,
        20: 5,
        224: 201,
        223: 202,
        123: 102,
        CANAL_VALUE: CANAL_VALUE,
        0: 0,
    }


def test_renumbering_counts_a_sixth_lumbar_vertebra_as_the_lowest():
    table = renumbering([25, 24, 23, 224, 225])
    assert [int(table[v]) for v in (25, 24, 225, 224)] == [1, 2, 201, 202]


def test_renumbering_keeps_names_where_l5_is_missing():
    assert int(renumbering([23, 22])[23]) == 2


def test_renumbering_stays_within_the_table_and_loses_nothing():
    for lowest in (20, 24, 25):
        values = [v for v, s in STRUCTURES.items() if s.level <= lowest]
        renamed = renumbering(values)[values].tolist()
        assert set(renamed) <= set(STRUCTURES)
        assert len(set(renamed)) == len(values)
        assert all(STRUCTURES[a].group == STRUCTURES[b].group for a, b in zip(values, renamed, strict=True))
