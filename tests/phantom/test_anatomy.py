"""Sizes in published ranges; what is labelled and what is not; findings that show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnunet_spine.labels import CANAL_VALUE, DISC_OFFSET
from nnunet_spine.phantom.anatomy import Anatomy, majority
from nnunet_spine.phantom.degeneration import PFIRRMANN_BY_LEVEL, sample_findings
from nnunet_spine.phantom.geometry import FAR_MM, Frame, Grid, capsule, evaluate, rotation, smooth_max, smooth_min
from nnunet_spine.phantom.patient import VISIBLE_LEVELS, sample_patient
from nnunet_spine.phantom.profile import heights
from nnunet_spine.phantom.scan import PIR_AXES
from nnunet_spine.phantom.spine import build_spine
from nnunet_spine.phantom.tables import subset_of
from nnunet_spine.phantom.tissues import TISSUE_ID

PATIENTS = [sample_patient(0, number) for number in range(1, 41)]


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    straight = replace(PATIENTS[1], scoliosis_mm=0.0, visible_levels=6)
    return Anatomy.of(straight)


@pytest.fixture(scope="module")
def canvas(anatomy):
    """The midline slice at one millimetre."""
    return anatomy.paint(Grid(np.array([0.0, -100, 260]), PIR_AXES, np.array([1.0, 1, 1]), (1, 350, 220)), 6)


def value_at(canvas, point: np.ndarray) -> tuple[int, int]:
    index = tuple(np.rint(canvas.grid.to_index(point)).astype(int))
    return int(canvas.whole.tissue[index]), int(canvas.whole.structure[index])


def test_sizes_of_lumbar_bodies_and_discs_are_normal():
    for patient in PATIENTS:
        spine = build_spine(patient)
        for body, disc in zip(spine.vertebrae[:5], spine.disc_height_mm[:5], strict=True):
            assert 22 < 2 * body.half_height_mm < 34
            assert 28 < 2 * body.half_depth_mm < 42
            assert 34 < 2 * body.half_width_mm < 62
            assert 3.5 < disc < 15


def test_dural_sac_is_of_normal_depth():
    z = heights()
    for patient in PATIENTS[:6]:
        profile = Anatomy.of(patient).profile
        depth = 2 * profile.sac_depth[(z > 20) & (z < 150)]
        assert depth.min() > 9
        assert depth.max() < 21


def test_lordosis_and_slope_are_normal_and_the_spine_comes_out_upright():
    for patient in PATIENTS:
        spine = build_spine(patient)
        assert 15 < np.degrees(patient.sacral_slope_rad) < 55
        up = spine.vertebrae[6].frame.axes[:, 2]
        assert abs(np.degrees(np.arctan2(up[1], up[2]))) < 30


def test_patients_differ_and_every_level_count_occurs():
    assert {patient.visible_levels for patient in PATIENTS} >= set(VISIBLE_LEVELS[:3])
    assert len({patient.scale for patient in PATIENTS}) == len(PATIENTS)
    assert {patient.sex for patient in PATIENTS} == {"F", "M"}
    assert 0.1 < np.mean([subset_of(patient.number) == "validation" for patient in PATIENTS]) < 0.3


def test_bodies_discs_and_canal_carry_their_values(anatomy, canvas):
    for body in anatomy.spine.vertebrae[:5]:
        assert value_at(canvas, body.frame.origin_mm)[1] == body.level
        half = 0.5 * anatomy.spine.disc_height_mm[body.level - 1]
        assert value_at(canvas, body.frame.to_world((0, 0, -body.half_height_mm - half)))[1] == DISC_OFFSET + body.level
    row = np.searchsorted(heights(), anatomy.spine.vertebrae[2].frame.origin_mm[2])
    sac = np.array([0, anatomy.profile.canal_y[row], heights()[row]])
    assert value_at(canvas, sac)[1] == CANAL_VALUE


def test_sacrum_is_bone_without_a_label(anatomy, canvas):
    for body in anatomy.spine.sacrum[:2]:
        assert value_at(canvas, body.frame.origin_mm) == (TISSUE_ID["marrow"], 0)


def test_levels_above_the_last_labelled_one_are_background(anatomy, canvas):
    values = np.unique(canvas.whole.structure)
    assert 7 not in values
    assert DISC_OFFSET + 7 not in values
    assert value_at(canvas, anatomy.spine.vertebrae[6].frame.origin_mm) == (TISSUE_ID["marrow"], 0)


def test_spinous_processes_belong_to_their_vertebra(anatomy, canvas):
    for body in anatomy.spine.vertebrae[1:4]:
        behind = (canvas.whole.points[1] > body.frame.origin_mm[1] + 40) & (canvas.whole.structure == body.level)
        assert behind.sum() > 100


def test_a_slice_of_half_the_size_shows_the_same(anatomy):
    coarse = Grid(np.array([0.0, -60, 60]), PIR_AXES, np.array([1.0, 2, 2]), (1, 40, 60))
    fine = coarse.slab(0, 1.0, 1, 2)
    mask = majority(anatomy.paint(fine, 6).whole.structure, 2)
    direct = anatomy.paint(coarse, 6).whole.structure[0]
    assert np.mean(mask == direct) > 0.95


def test_majority_counts():
    fine = np.zeros((1, 2, 4), np.uint8)
    fine[0] = [[7, 7, 0, 0], [7, 0, 0, 201]]
    assert majority(fine, 2).tolist() == [[7, 0]]


def test_grades_follow_the_frequencies_of_spider():
    rng = np.random.default_rng(0)
    for level in (1, 4):
        drawn = [sample_findings(rng, level, rng.standard_normal()).pfirrmann for _ in range(3000)]
        shares = np.bincount(drawn, minlength=6)[1:] / 3000
        assert np.allclose(shares, PFIRRMANN_BY_LEVEL[level - 1], atol=0.03)


def test_narrow_discs_are_narrow():
    rng = np.random.default_rng(0)
    for _ in range(200):
        finding = sample_findings(rng, 2, 0.0)
        assert (finding.height_factor < 0.8) == finding.narrowing


def test_frames_there_and_back():
    frame = Frame(np.array([1.0, -2, 3]), rotation(0.3, -0.2, 0.1))
    assert np.allclose(frame.axes.T @ frame.axes, np.eye(3))
    points = np.random.default_rng(0).normal(size=(3, 5))
    world = frame.to_world(points.T)
    assert np.allclose(frame.to_local(tuple(world.T)), points, atol=1e-5)


def test_forward_tilt_moves_the_head_to_the_front_and_lean_to_the_left():
    assert rotation(tilt_rad=0.1)[1, 2] < 0
    assert rotation(lean_rad=0.1)[0, 2] > 0
    assert rotation(turn_rad=0.1)[1, 0] > 0


def test_distances():
    at = tuple(np.array([v], np.float32) for v in (0.0, 5.0, 0.0))
    assert capsule(at, (0, 0, 0), (0, 10, 0), (2, 2, 2)) == pytest.approx(-2)
    at = tuple(np.array([v], np.float32) for v in (5.0, 5.0, 0.0))
    assert capsule(at, (0, 0, 0), (0, 10, 0), (2, 2, 2)) == pytest.approx(3)
    a, b = np.array([1.0, -3.0]), np.array([9.0, -3.0])
    assert smooth_min(a, b, 2.0) == pytest.approx([1.0, -3.5])
    assert smooth_max(a, b, 2.0) == pytest.approx([9.0, -2.5])


def test_evaluate_leaves_the_rest_far_away():
    where = np.array([True, False])
    points = (np.array([1.0, 2.0], np.float32),) * 3
    assert evaluate(lambda p: p[0], points, where).tolist() == [1.0, float(FAR_MM)]
