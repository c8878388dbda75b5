"""Signed distances of contours, on masks that can be measured by hand, and against the distances of the scores."""

from __future__ import annotations

import numpy as np
import pytest

from nnunet_spine.casebook.borders import border_distances
from nnunet_spine.evaluation.surface import surface_distances

SPACING_MM = (4.0, 0.5, 2.0)


def block(start: int, stop: int, value: int = 1) -> np.ndarray:
    """A block in a volume of (7, 20, 12), from one index to another along the back-front axis."""
    volume = np.zeros((7, 20, 12), np.uint8)
    volume[1:6, start:stop, 3:9] = value
    return volume


def test_the_same_structure_has_zeros_on_its_contour_alone():
    found = border_distances(block(5, 15), block(5, 15), [1], SPACING_MM)
    contour = np.zeros((20, 12), bool)
    contour[5:15, 3:9] = True
    contour[6:14, 4:8] = False
    assert (found[1:6, contour] == 0).all()
    assert np.isnan(found[:, ~contour]).all()
    assert np.isnan(found[[0, 6]]).all()


def test_outside_is_above_zero_and_inside_below_in_mm():
    found = border_distances(block(7, 18), block(5, 15), [1], SPACING_MM)
    assert found[3, 17, 5] == 3 * 0.5  # three voxels beyond the last of the other
    assert found[3, 7, 5] == -2 * 0.5  # two voxels within the first


def test_the_distance_goes_through_slices():
    drawn, other = block(5, 15), block(5, 15)
    drawn[0, 9, 6] = 1
    assert border_distances(drawn, other, [1], SPACING_MM)[0, 9, 6] == 4.0


def test_structures_are_measured_to_their_own_kind():
    found = border_distances(block(2, 10) + block(10, 16, 2), block(2, 8) + block(8, 16, 2), [1, 2], SPACING_MM)
    assert found[3, 9, 5] == 2 * 0.5
    assert found[3, 10, 5] == -2 * 0.5


def test_a_structure_that_the_other_lacks_has_no_distance():
    found = border_distances(block(5, 15) + block(16, 19, 2), block(5, 15), [1, 2], SPACING_MM)
    assert np.isposinf(found[3, 16, 5])
    assert found[3, 5, 5] == 0


def test_a_volume_of_one_slice_is_measured_in_its_plane():
    found = border_distances(block(7, 17)[1:2], block(5, 15)[1:2], [1], SPACING_MM)
    assert found[0, 16, 5] == 1.0
    assert found[0, 7, 5] == -1.0


def test_a_structure_in_one_slice_of_several_is_all_surface():
    found = border_distances(block(7, 17), block(5, 15) * (np.arange(7) == 3)[:, None, None], [1], SPACING_MM)
    assert found[3, 7, 5] == 0


@pytest.mark.parametrize("kept", [slice(0, 7), slice(3, 4), slice(0, 1)], ids=["thick", "one slice", "at the end"])
@pytest.mark.parametrize("size", [7, 1])
def test_distances_are_those_of_the_scores(kept: slice, size: int):
    rng = np.random.default_rng(0)
    drawn, other = (rng.random((2, 7, 20, 12)) < 0.6).astype(np.uint8)
    for one in (drawn, other):
        one[[k for k in range(7) if k not in range(*kept.indices(7))]] = 0
    if size == 1:
        drawn, other = drawn[kept][:1], other[kept][:1]
    found = border_distances(drawn, other, [1], SPACING_MM)
    scored = surface_distances(other == 1, drawn == 1, SPACING_MM)
    distances, of_score = (np.round(one, 4) for one in (np.abs(found[np.isfinite(found)]), scored.prediction_mm))
    assert distances.any() or not of_score.any()
    assert np.isin(distances, of_score).all()
    if size == 1:  # Then the contour is the surface.
        np.testing.assert_array_equal(np.sort(distances), np.sort(of_score))
