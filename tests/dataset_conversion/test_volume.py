"""Orientation and grids: voxels keep their place in the patient."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, ornt_transform

from nnunet_spine.dataset_conversion.volume import Volume, canonical, canonical_grid, grid_difference

ALL_CODES = ["".join(axes) for pairs in permutations(("LR", "PA", "IS")) for axes in product(*pairs)]


def turned(volume: Volume, codes: str) -> Volume:
    turn = ornt_transform(axcodes2ornt("RAS"), axcodes2ornt(codes))
    return Volume(apply_orientation(volume.data, turn), volume.affine @ inv_ornt_aff(turn, volume.data.shape))


@pytest.mark.parametrize("codes", ALL_CODES)
def test_canonical_undoes_every_order_of_axes(codes: str, anatomy: Volume):
    found = canonical(turned(anatomy, codes))
    np.testing.assert_array_equal(found.data, anatomy.data)
    np.testing.assert_allclose(found.affine, anatomy.affine, atol=1e-9)


@pytest.mark.parametrize("codes", ALL_CODES)
def test_the_canonical_grid_is_known_without_voxels(codes: str, anatomy: Volume):
    found = canonical_grid(turned(anatomy, codes).grid)
    assert found.shape == anatomy.data.shape
    np.testing.assert_allclose(found.affine, anatomy.affine, atol=1e-9)


def test_there_are_48_orders_of_axes():
    assert len(set(ALL_CODES)) == 48


def test_an_oblique_volume_stays_oblique(anatomy: Volume):
    angle = np.deg2rad(20)
    tilt = np.eye(4)
    tilt[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    oblique = turned(Volume(anatomy.data, tilt @ anatomy.affine), "PIR")
    found = canonical(oblique)
    np.testing.assert_array_equal(found.data, anatomy.data)
    np.testing.assert_allclose(found.affine, tilt @ anatomy.affine, atol=1e-9)


def test_the_same_grid_has_no_difference(anatomy: Volume):
    rounded = Volume(anatomy.data, anatomy.affine.round(5) + 1e-6)
    assert grid_difference(anatomy.grid, rounded.grid) is None


@pytest.mark.parametrize(("shift_voxels", "fits"), [(0.05, True), (0.15, False)])
def test_grids_may_differ_by_a_tenth_of_the_smallest_voxel(shift_voxels: float, fits: bool, anatomy: Volume):
    affine = anatomy.affine.copy()
    affine[0, 3] += shift_voxels * min(anatomy.grid.spacing_mm)
    difference = grid_difference(anatomy.grid, Volume(anatomy.data, affine).grid)
    assert (difference is None) == fits


def test_a_small_error_of_spacing_counts_by_what_it_moves(anatomy: Volume):
    affine = anatomy.affine.copy()
    affine[2, 2] *= 1.01
    assert "corners up to 0.161 mm apart" in grid_difference(anatomy.grid, Volume(anatomy.data, affine).grid)


def test_sizes_must_be_equal(anatomy: Volume):
    assert "size 6x10x23 does not fit the image's 6x10x24" in grid_difference(
        anatomy.grid, Volume(anatomy.data[..., 1:], anatomy.affine).grid
    )
