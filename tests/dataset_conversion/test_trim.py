"""Trimming: only at both ends, only what shows no whole spine."""

from __future__ import annotations

import numpy as np

from nnunet_spine.dataset_conversion.trim import MIN_FOREGROUND, lateral_range
from nnunet_spine.labels import CANAL_VALUE, DISC_OFFSET

SIZE = 1000
FULL = {1: 50, CANAL_VALUE: 50, DISC_OFFSET + 1: 50}


def slices(*contents: dict[int, int]) -> np.ndarray:
    per_slice = np.zeros((len(contents), 256), np.int64)
    for row, content in zip(per_slice, contents, strict=True):
        row[list(content)] = list(content.values())
    return per_slice


def test_slices_that_lack_a_structure_go_at_both_ends():
    no_canal = {1: 50, DISC_OFFSET + 1: 50}
    assert lateral_range(slices({}, no_canal, FULL, FULL, no_canal), SIZE) == (2, 4)


def test_slices_in_the_middle_stay():
    assert lateral_range(slices({}, FULL, {}, {1: 3}, FULL), SIZE) == (1, 5)


def test_slices_of_nearly_all_background_go():
    few = int(MIN_FOREGROUND * SIZE)
    assert lateral_range(slices({1: 3, CANAL_VALUE: 3, DISC_OFFSET + 1: few - 7}, FULL), SIZE) == (1, 2)
    assert lateral_range(slices({1: 3, CANAL_VALUE: 3, DISC_OFFSET + 1: few - 6}, FULL), SIZE) == (0, 2)


def test_partially_visible_vertebrae_are_vertebrae():
    assert lateral_range(slices({101: 50, CANAL_VALUE: 50, DISC_OFFSET + 1: 50}, {}), SIZE) == (0, 1)


def test_a_volume_without_any_complete_slice_stays_whole():
    assert lateral_range(slices({1: 50}, {CANAL_VALUE: 50}), SIZE) == (0, 2)
