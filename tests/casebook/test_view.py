"""Which part of a volume is shown, and which way round."""

from __future__ import annotations

import numpy as np
import pytest

from nnunet_spine.casebook.view import view_of


def labelled(*where: tuple[int, int, int], shape: tuple[int, int, int] = (30, 40, 50)) -> np.ndarray:
    volume = np.zeros(shape, bool)
    for one in where:
        volume[one] = True
    return volume


def test_head_is_up_and_front_is_left():
    volume = np.zeros((3, 4, 6), int)
    volume[1, 3, 5] = 7  # foremost, uppermost
    volume[1, 0, 0] = 9
    shown = view_of(volume > 0, 1, (3, 1, 1), most_slices=9, margin_mm=0).of(volume)
    assert shown.shape == (1, 6, 4)
    assert shown[0, 0, 0] == 7
    assert shown[0, -1, -1] == 9


def test_the_box_has_a_margin_in_mm_and_ends_with_the_image():
    view = view_of(labelled((4, 2, 20), (6, 30, 25)), 5, (4.0, 1.0, 0.5), most_slices=9, margin_mm=3)
    assert view.slices.tolist() == [4, 5, 6]
    assert (view.back_front, view.foot_head) == (slice(0, 34, 1), slice(14, 32, 1))
    assert view.pixel_mm == (0.5, 1.0)
    assert not view.is_thinned


def test_of_many_slices_some_are_taken_and_the_worst_is_among_them():
    view = view_of(labelled((0, 5, 5), (29, 6, 6)), 17, (1, 1, 1), most_slices=7, margin_mm=1)
    assert len(view.slices) == 7
    assert 17 in view.slices
    assert (view.slices[0], view.slices[-1]) == (0, 29)
    assert (np.diff(view.slices) > 0).all()


def test_the_worst_slice_is_shown_where_nothing_is_labelled():
    assert view_of(labelled((4, 2, 2)), 9, (1, 1, 1), 24, 0).slices.tolist() == [4, 5, 6, 7, 8, 9]
    empty = view_of(labelled(), 3, (1, 1, 1), 50, 0)
    assert (len(empty.slices), empty.of(labelled()).shape) == (30, (30, 50, 40))


@pytest.mark.parametrize(("spacing_mm", "step"), [(0.077, 4), (0.17, 2), (0.3, 1)])
def test_fine_voxels_are_thinned(spacing_mm: float, step: int):
    view = view_of(labelled((0, 0, 0), (0, 39, 49)), 0, (3, 0.5, spacing_mm), 24, 0)
    assert (view.foot_head.step, view.back_front.step) == (step, 1)
    assert view.pixel_mm == (spacing_mm * step, 0.5)
    assert view.is_thinned == (step > 1)
