"""What the deformations do to the anatomy, measured on the label maps."""

import pytest
import torch

from nnunet_spine.synth.tissues import CANAL, DISC, VERTEBRA

from .conftest import (
    BODY_MM,
    CANAL_BEGINS_MM,
    CANAL_ENDS_MM,
    DEPTH_MM,
    DISC_MM,
    border_mm,
    extent_mm,
    grid_mm,
    only,
    sicken,
    spine,
)

CANAL_MM = CANAL_ENDS_MM - CANAL_BEGINS_MM
SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_degenerated_disc_loses_the_height_asked_for(share, seed):
    sick = sicken(spine(), only("degeneration", seed=seed, height_loss=share))
    row = float(sick.lesions[0].focus.centre_mm[0])
    for column in (-14.0, 0.0, 14.0):
        assert extent_mm(sick.labels, DISC, row, column, 0) == pytest.approx((1 - share) * DISC_MM, abs=1.01)


def test_the_rest_of_the_spine_closes_up_around_a_degenerated_disc():
    tissue = spine()
    sick = sicken(tissue, only("degeneration", rank=0.5, height_loss=0.5))
    row = int(float(sick.lesions[0].focus.centre_mm[0]) * 2) + tissue.shape[-2] // 2
    column = sick.labels[0, 0, :, tissue.shape[-1] // 2]
    assert (column[row - 14 : row - 5] == VERTEBRA).all()
    assert (column[row + 6 : row + 14] == VERTEBRA).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("share", "wedge"), [(0.2, 0.0), (0.5, 0.0), (0.5, 1.0), (0.6, 0.5)])
def test_a_fractured_body_is_lower_and_more_so_in_front(share, wedge, seed):
    sick = sicken(spine(), only("fracture", seed=seed, height_loss=share, wedge=wedge, concavity=0.0))
    row = float(sick.lesions[0].focus.centre_mm[0])
    for column in (-15.0, 0.0, 15.0):
        spared = wedge * (column + DEPTH_MM / 2) / DEPTH_MM
        expected = (1 - share * (1 - spared)) * BODY_MM
        assert extent_mm(sick.labels, VERTEBRA, row, column, 0) == pytest.approx(expected, abs=1.2)


def test_a_concave_body_is_lowest_in_the_middle():
    sick = sicken(spine(), only("fracture", height_loss=0.5, wedge=0.0, concavity=0.8))
    row = float(sick.lesions[0].focus.centre_mm[0])
    middle, front, behind = (extent_mm(sick.labels, VERTEBRA, row, column, 0) for column in (0.0, -17.5, 17.0))
    assert middle == pytest.approx(0.5 * BODY_MM, abs=1.2)
    assert front == pytest.approx(0.9 * BODY_MM, abs=2)
    assert behind == pytest.approx(0.9 * BODY_MM, abs=2)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_stenotic_canal_loses_the_width_asked_for(share, seed):
    sick = sicken(spine(), only("stenosis", seed=seed, narrowing=share, length_mm=12.0))
    row = float(sick.lesions[0].focus.centre_mm[0])
    assert extent_mm(sick.labels, CANAL, row, 28.0, 1) == pytest.approx((1 - share) * CANAL_MM, abs=1.01)
    half = extent_mm(sick.labels, CANAL, row - 6 if row > 0 else row + 6, 28.0, 1)
    assert half == pytest.approx((1 - share / 2) * CANAL_MM, abs=1.5)
    far = row - 20 if row > 0 else row + 20
    assert extent_mm(sick.labels, CANAL, far, 28.0, 1) == CANAL_MM


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("depth_mm", [2.0, 4.0, 6.0])
@pytest.mark.parametrize("width_mm", [6.0, 10.0, 14.0])
def test_a_herniated_disc_reaches_into_the_canal(depth_mm, width_mm, seed):
    params = only("herniation", seed=seed, depth_mm=depth_mm, width_mm=width_mm, migration_mm=0.0)
    sick = sicken(spine(), params)
    row = float(sick.lesions[0].focus.centre_mm[0])
    assert border_mm(sick.labels, DISC, row)[1] == pytest.approx(CANAL_BEGINS_MM + depth_mm, abs=1)
    assert border_mm(sick.labels, CANAL, row)[1] == pytest.approx(CANAL_ENDS_MM, abs=0.5)


@pytest.mark.parametrize("migration_mm", [-3.0, 3.0])
def test_a_herniated_disc_is_as_wide_as_asked_and_brings_no_bone(migration_mm):
    params = only("herniation", depth_mm=6.0, width_mm=14.0, migration_mm=migration_mm)
    tissue = spine()
    sick = sicken(tissue, params)
    in_canal = int((CANAL_BEGINS_MM + 2) * 2) + tissue.shape[-1] // 2
    rows = (sick.labels[0, 0, :, in_canal] == DISC).nonzero()[:, 0]
    assert len(rows) * 0.5 == pytest.approx(12.5, abs=2)
    middle = rows.float().mean() * 0.5 - 80
    moved = (middle - sick.lesions[0].focus.centre_mm[0]) * sick.lesions[0].focus.cc[0]
    assert moved * migration_mm > 0
    assert (sick.labels[0, 0, :, in_canal] == VERTEBRA).sum() == 0


def test_a_herniation_is_bounded_by_the_canal():
    sick = sicken(spine(), only("herniation", depth_mm=30.0))
    row = float(sick.lesions[0].focus.centre_mm[0])
    assert extent_mm(sick.labels, CANAL, row, 28.0, 1) == pytest.approx(CANAL_MM / 2, abs=1)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("depth_mm", [2.0, 4.0, 8.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_schmorl_node_is_as_deep_as_asked_on_one_side(depth_mm, side, seed):
    tissue = spine()
    sick = sicken(tissue, only("schmorl", seed=seed, depth_mm=depth_mm, width_mm=10.0, side=side))
    row, column = (float(c) for c in sick.lesions[0].focus.centre_mm)
    assert extent_mm(sick.labels, DISC, row, column, 0) == pytest.approx(DISC_MM + depth_mm, abs=1)
    into = row + float(sick.lesions[0].focus.cc[0]) * side * (DISC_MM / 2 + 1)
    other = row - float(sick.lesions[0].focus.cc[0]) * side * (DISC_MM / 2 + 1)
    place = [[int(at * 2) + tissue.shape[-2] // 2, int(column * 2) + tissue.shape[-1] // 2] for at in (into, other)]
    assert sick.labels[(0, 0, *place[0])] == DISC
    assert sick.labels[(0, 0, *place[1])] == tissue[(0, 0, *place[1])] != DISC
    dent = (sick.labels[0, 0, place[0][0]] == DISC).sum() * 0.5
    assert dent == pytest.approx(10 * (1 - (1 / depth_mm) ** 2) ** 0.5, abs=1.5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("slip_mm", [-8.0, -2.0, 5.0])
def test_a_slip_displaces_all_on_one_side_of_a_disc(slip_mm, seed):
    tissue = spine()
    params = only("slip", seed=seed, slip_mm=slip_mm)
    sick = sicken(tissue, params)
    sign, row = (
        float(sick.lesions[0].focus.cc[0]),
        int(float(sick.lesions[0].focus.centre_mm[0]) * 2) + tissue.shape[-2] // 2,
    )
    moved = tissue.roll(int(slip_mm * 2), dims=-1)
    before, after = slice(0, row - 12), slice(row + 12, None)
    for part, expected in ((before, tissue if sign > 0 else moved), (after, moved if sign > 0 else tissue)):
        assert torch.equal(sick.labels[..., part, 20:-20], expected[..., part, 20:-20])


@pytest.mark.parametrize("name", ["susceptibility", "metal"])
@pytest.mark.parametrize("readout", [-1, -2])
def test_a_disturbed_field_displaces_along_readout_as_far_as_asked(name, readout):
    tissue = spine()
    sick = sicken(tissue, only(name, seed=2, readout=readout, distortion_mm=2.0, radius_mm=10.0))
    shift = sick.positions - grid_mm(tissue.shape[2:], (0.5, 0.5))
    assert (shift[..., -3 - readout] == 0).all()
    assert shift[..., readout].max() == pytest.approx(2.0, abs=0.05)
    assert shift[..., readout].min() == pytest.approx(-1.0, abs=0.05)
