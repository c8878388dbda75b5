"""Disc leak."""

import pytest

from nnunet_spine.labels import DISC, VERTEBRA

from .drawing import Drawing


def test_a_disc_that_spreads_in_front_leaks(spine: Drawing):
    prediction = spine.labels()
    prediction[:, 60:74, 38:44] = spine.value(DISC, 2)
    (failure,) = spine.failures(prediction)
    assert (failure.mode, failure.structure, failure.unit) == ("disc leak", spine.name(DISC, 2), "ml")
    assert failure.amount == pytest.approx(5 * 11 * 6 / 1000)  # all but the first 3 mm
    assert "up to 14 mm far, mostly into the background" in failure.detail


def test_a_leak_names_what_it_leaks_into(spine: Drawing):
    prediction = spine.labels()
    prediction[:, 46:54, 44:54] = spine.value(DISC, 2)
    (failure,) = spine.failures(prediction)
    assert failure.mode == "disc leak"
    assert "mostly into vertebrae" in failure.detail


def test_a_disc_that_is_a_border_too_wide_does_not_leak(spine: Drawing):
    prediction = spine.labels()
    prediction[:, 60:63, 38:44] = spine.value(DISC, 2)
    assert spine.modes(prediction) == []


def test_little_beyond_the_border_is_no_leak(spine: Drawing):
    prediction = spine.labels()
    prediction[:, 60:69, 38:44] = spine.value(DISC, 2)  # 6 mm beyond it: 0.18 ml
    assert "disc leak" not in spine.modes(prediction)


def test_a_thick_slice_too_many_is_no_leak(spine: Drawing):
    reference = spine.labels()
    reference[-1][reference[-1] == spine.value(DISC, 2)] = 0
    assert spine.modes(spine.labels(), reference, spacing_mm=(5.0, 1.0, 1.0)) == []


def test_vertebrae_do_not_leak(spine: Drawing):
    prediction = spine.labels()
    prediction[:, 66:76, 46:58] = spine.value(VERTEBRA, 2)
    assert "disc leak" not in spine.modes(prediction)
