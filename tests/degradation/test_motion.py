"""Motion: a patient who lies still is seen as is, one who moved in one piece elsewhere, else blurred with ghosts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from nnunet_spine.degradation import motion
from nnunet_spine.degradation.motion import SHOTS, moving_patient

from .conftest import ellipsoid, make_scan

SPACING_MM = (4.0, 1.2, 0.8)


@pytest.fixture
def still():
    """A smooth object that stays clear of the border."""
    return make_scan(ellipsoid((3, 64, 96), 0.3), SPACING_MM)


def test_shots_take_turns():
    shots = motion._shot_of_lines(96)
    lines = np.rint(np.fft.fftfreq(96, 1 / 96)).astype(int)
    assert np.bincount(shots).tolist() == [96 // SHOTS] * SHOTS
    order = np.argsort(lines)
    assert set(np.diff(shots[order]).tolist()) == {1, 1 - SHOTS}


def test_the_walk_has_the_stated_size(rng):
    walk = motion._walk(rng)
    np.testing.assert_allclose(walk.mean(axis=0), 0, atol=1e-12)
    assert (walk**2).sum(axis=1).mean() == pytest.approx(1)


def test_lines_that_all_moved_alike_show_the_object_elsewhere(still, rng, monkeypatch):
    """Without the centring, a shift of every line by the same distance moves the image by that distance."""
    monkeypatch.setattr(motion, "_centred", lambda position, *_: np.broadcast_to((2.4, -1.6), position.shape))
    moved = moving_patient(still, 1.0, rng)
    np.testing.assert_allclose(moved, np.roll(still.data, (2, -2), (1, 2)), atol=1e-9)


def test_a_motion_of_the_whole_is_no_motion(still, rng, monkeypatch):
    monkeypatch.setattr(motion, "_walk", lambda rng: np.full((SHOTS, 2), (3.0, 5.0)))
    np.testing.assert_allclose(moving_patient(still, 1.0, rng), still.data, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_the_object_stays_where_it_is(still, seed: int):
    moved = moving_patient(still, 0.3, np.random.default_rng(seed))[1]
    errors = {
        (i, j): np.sum((moved - ndimage.shift(still.data[1], (i, j), order=1, mode="nearest")) ** 2)
        for i in (-0.2, 0, 0.2)
        for j in (-0.2, 0, 0.2)
    }
    assert min(errors, key=errors.get) == (0, 0)


def test_all_slices_move_alike(still, rng):
    data = np.repeat(still.data[1:2], 3, axis=0)
    moved = moving_patient(make_scan(data, SPACING_MM), 1.0, rng)
    np.testing.assert_allclose(moved[0], moved[2])
    assert np.abs(moved - data).max() > 5


def test_displacements_are_in_millimetres():
    """The same object on a grid twice as fine is seen moved in the same way."""
    coarse, fine = ellipsoid((1, 48, 64), 0.3), ellipsoid((1, 96, 128), 0.3)
    changes = []
    for data, spacing in ((coarse, 1.0), (fine, 0.5)):
        moved = moving_patient(make_scan(data, (4.0, spacing, spacing)), 1.0, np.random.default_rng(0))
        changes.append(np.abs(moved - data).mean())
    assert changes[1] == pytest.approx(changes[0], rel=0.15)
