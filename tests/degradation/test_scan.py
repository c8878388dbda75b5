"""What an image is before it is degraded: orientation, slices, padding, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, ornt_transform

from nnunet_spine.dataset_conversion.volume import Grid, Volume
from nnunet_spine.degradation import CONDITIONS, Degradation
from nnunet_spine.degradation.scan import scan_of, slice_axis

from .conftest import SHAPE, affine_of, make_scan, textured

LEVELS = {"noise": 0.2, "bias": 0.5, "motion": 1.0, "gamma": 2.0}


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PIR", "ASL", "SRP"])
def test_the_result_does_not_depend_on_the_order_of_axes(codes: str):
    data, affine = textured(SHAPE), affine_of((3.0, 0.8, 0.5))
    turn = ornt_transform(axcodes2ornt("RAS"), axcodes2ornt(codes))
    turned = Volume(apply_orientation(data, turn), affine @ inv_ornt_aff(turn, SHAPE))
    for name in CONDITIONS:
        degradation = Degradation(name, LEVELS.get(name, 2.0))
        expected = degradation.apply(Volume(data, affine), "1_t1", "0000")
        degraded = degradation.apply(turned, "1_t1", "0000")
        np.testing.assert_array_equal(degraded.affine, turned.affine)
        np.testing.assert_allclose(degraded.data, apply_orientation(expected.data, turn), rtol=1e-5)


@pytest.mark.parametrize(
    ("shape", "spacing_mm", "axis"),
    [
        ((20, 9, 9), (3.3, 0.6, 0.6), 0),
        ((9, 9, 20), (0.6, 0.6, 4.0), 2),
        ((9, 9, 9), (0.9, 0.9, 0.9), 0),
        ((9, 9, 9), (0.899999, 0.9, 0.9), 0),
        ((9, 9, 9), (0.5, 1.0, 1.0), 1),
        ((9, 1, 9), (2.0, 0.5, 0.5), 1),
    ],
)
def test_slices_lie_across_the_largest_spacing(shape, spacing_mm, axis: int):
    assert slice_axis(Grid(shape, np.diag([*spacing_mm, 1.0]))) == axis


@pytest.mark.parametrize("name", CONDITIONS)
def test_padding_stays_0_and_the_border_of_it_is_no_edge(name: str):
    """The image in its padding becomes what it becomes without, save near the border, where its neighbours differ."""
    spacing_mm = (3.0, 1.0, 1.0)
    data = np.zeros((6, 80, 100))
    data[:, 20:60, 30:80] = 50
    volume = Volume(data, np.diag([*spacing_mm, 1.0]))
    degraded = Degradation(name, LEVELS.get(name, 2.0)).apply(volume, "1_t1", "0000").data
    outside = data == 0
    assert not degraded[outside].any()
    assert degraded[~outside].all()
    if name in ("resolution", "slice thickness", "voxel size", "motion"):
        np.testing.assert_allclose(degraded[~outside], 50, rtol=1e-6)


def test_small_dark_patches_and_air_are_image():
    data = np.random.default_rng(0).integers(1, 9, (4, 80, 100)).astype(float)
    data[:, 40:50, 40:50] = 0
    data[:, 0:3, 0:3] = 0
    assert not make_scan(data, (3.0, 1.0, 1.0)).padding.any()


def test_a_dark_area_inside_is_no_padding():
    data = np.full((4, 80, 100), 9.0)
    data[:, 20:60, 20:60] = 0
    assert not make_scan(data, (3.0, 1.0, 1.0)).padding.any()


def test_a_slice_of_padding_is_continued_from_its_neighbour():
    data = np.full((4, 40, 50), 9.0)
    data[0] = 0
    scan = make_scan(data, (3.0, 1.0, 1.0))
    assert scan.padding[0].all()
    np.testing.assert_array_equal(scan.data, 9)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "1 voxels are NaN or infinite"),
        (np.inf, "1 voxels are NaN or infinite"),
        (-3, r"0 and more, as `nnunet-spine prepare` makes them, got -3 \(1 voxels"),
    ],
)
def test_what_is_no_magnitude_is_refused(value: float, message: str):
    data = np.ones(SHAPE)
    data[1, 2, 3] = value
    with pytest.raises(ValueError, match=message):
        scan_of(Volume(data, np.eye(4)))


def test_an_empty_image_is_refused():
    with pytest.raises(ValueError, match="all of its voxels are 0"):
        scan_of(Volume(np.zeros(SHAPE), np.eye(4)))
