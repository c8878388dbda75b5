"""Signed distances of contours, on masks that can be measured by hand."""

from __future__ import annotations

import numpy as np

from nnunet_spine.casebook.borders import border_distances

SPACING_MM = (4.0, 0.5, 2.0)


def block(start: int, stop: int, value: int = 1) -> np.ndarray:
    """A block in a volume of (3, 20, 12), from one index to another along the back-front axis."""
    volume = np.zeros((3, 20, 12), np.uint8)
    volume[1, start:stop, 3:9] = value
    return volume


def test_the_same_structure_has_zeros_on_its_contour_alone():
    found = border_distances(block(5, 15), block(5, 15), [1], SPACING_MM)
    contour = np.zeros((20, 12), bool)
    contour[5:15, 3:9] = True
    contour[6:14, 4:8] = False
    assert (found[1][contour] == 0).all()
    assert np.isnan(found[1][~contour]).all()
    assert np.isnan(found[[0, 2]]).all()


def test_too_large_is_above_zero_and_too_small_below_in_mm():
    found = border_distances(block(5, 15), block(7, 18), [1], SPACING_MM)
    assert found[1, 17, 5] == 3 * 0.5  # three voxels beyond the last of the reference
    assert found[1, 7, 5] == -2 * 0.5  # two voxels within the first


def test_the_distance_goes_through_slices():
    reference, prediction = block(5, 15), block(5, 15)
    prediction[0, 9, 6] = 1
    assert border_distances(reference, prediction, [1], SPACING_MM)[0, 9, 6] == 4.0


def test_structures_are_measured_to_their_own_reference():
    reference = block(2, 8) + block(8, 16, 2)
    prediction = block(2, 10) + block(10, 16, 2)
    found = border_distances(reference, prediction, [1, 2], SPACING_MM)
    assert found[1, 9, 5] == 2 * 0.5
    assert found[1, 10, 5] == -2 * 0.5


def test_a_structure_that_the_reference_lacks_has_no_distance():
    found = border_distances(block(5, 15), block(5, 15) + block(16, 19, 2), [1, 2], SPACING_MM)
    assert np.isposinf(found[1, 16, 5])
    assert found[1, 5, 5] == 0


def test_single_slices():
    found = border_distances(block(5, 15)[1:2], block(5, 17)[1:2], [1], SPACING_MM)
    assert found[0, 16, 5] == 1.0
