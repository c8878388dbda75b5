"""Numbered vertebrae and discs, matched by overlap."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnunet_spine.evaluation.instances import score_instances
from nnunet_spine.evaluation.pair import Pair
from nnunet_spine.evaluation.records import InstanceRecord
from nnunet_spine.evaluation.structures import structures_of

LABELS = {
    "background": 0,
    "vertebra_L5": 1,
    "vertebra_L4": 2,
    "vertebra_L3": 3,
    "disc_L5_S1": 4,
    "disc_L4_L5": 5,
    "canal": 6,
    "ignore": 7,
}


def column(words: str) -> np.ndarray:
    """A label map of 2 x 2 voxels from the left and the back, and one from foot to head for each digit."""
    return np.tile(np.array([int(digit) for digit in words], np.uint8), (2, 2, 1))


def scored(reference: str, prediction: str) -> dict[str, InstanceRecord]:
    pair = Pair.of(column(reference), column(prediction), (1.0, 1.0, 2.0), LABELS)
    return {one.structure: one for one in score_instances(pair, structures_of(LABELS))}


def test_only_numbered_vertebrae_and_discs_of_the_reference_are_instances():
    found = scored("0441110022266", "0441110333366")
    assert list(found) == ["vertebra_L5", "vertebra_L4", "disc_L5_S1"]
    assert [(one.group, one.level) for one in found.values()] == [("vertebra", 1), ("vertebra", 2), ("disc", 1)]


def test_right_ones_have_their_own_number():
    found = scored("044111552220", "044111552220")
    for name, one in found.items():
        assert (one.matched, one.identified, one.dice, one.assd_mm) == (name, True, 1.0, 0.0)
        assert one.complete_reference
        assert one.complete_prediction


def test_a_shift_of_levels_is_matched_but_not_identified():
    found = scored("011110222200", "022220333000")
    assert [(one.matched, one.identified) for one in found.values()] == [("vertebra_L4", False), ("vertebra_L3", False)]
    assert found["vertebra_L5"].dice == 1
    assert found["vertebra_L4"].dice == pytest.approx(2 * 3 / (4 + 3))
    # All voxels are surface; the one that the prediction lacks is 2 mm from the next.
    assert found["vertebra_L4"].assd_mm == pytest.approx(2 / (4 + 3))


def test_the_largest_overlap_counts_and_its_whole_instance_is_compared():
    found = scored("0111111000", "0221111110")
    assert found["vertebra_L5"].matched == "vertebra_L5"
    assert found["vertebra_L5"].dice == pytest.approx(2 * 4 / (6 + 6))


def test_of_equal_overlaps_the_right_number_counts():
    found = scored("0022220", "0033220")
    assert found["vertebra_L4"].matched == "vertebra_L4"
    assert scored("0022220", "0033110")["vertebra_L4"].matched == "vertebra_L5"


def test_another_group_is_no_match():
    (one,) = scored("0111000", "0444110").values()
    assert (one.matched, one.dice, one.identified, one.complete_prediction) == (None, 0.0, False, None)
    assert math.isnan(one.assd_mm)


def test_two_may_share_one():
    found = scored("0111022220", "0111111110")
    assert {one.matched for one in found.values()} == {"vertebra_L5"}
    assert found["vertebra_L4"].dice == pytest.approx(2 * 4 / (4 + 8))


def test_complete_is_what_keeps_clear_of_both_ends():
    found = scored("1110555022", "0110550022")
    complete = {name: (one.complete_reference, one.complete_prediction) for name, one in found.items()}
    assert complete == {"vertebra_L5": (False, True), "vertebra_L4": (False, False), "disc_L4_L5": (True, True)}


def test_the_ends_from_side_to_side_do_not_count():
    (one,) = scored("0110", "0110").values()
    assert one.complete_reference


def test_ignored_voxels_are_neither_overlap_nor_instance():
    found = scored("01117777", "01112222")
    assert list(found) == ["vertebra_L5"]
    assert found["vertebra_L5"].dice == 1


def test_schemes_without_numbers_have_none():
    labels = {"background": 0, "vertebrae": 1, "discs": 2, "vertebra_regions_L5": [1, 2]}
    pair = Pair.of(column("0110220"), column("0110220"), (1, 1, 1), labels)
    assert score_instances(pair, structures_of(labels)) == ()
