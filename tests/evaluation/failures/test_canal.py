"""Canal broken."""

import numpy as np
import pytest

from nnunet_spine.labels import CANAL

from .drawing import Drawing


def test_a_gap_breaks_the_canal(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.canal()][:, :, 40:46] = 0
    (failure,) = spine.failures(prediction)
    assert (failure.mode, failure.structure) == ("canal broken", "canal")
    assert (failure.amount, failure.unit) == (6, "mm")
    assert "a gap of 6 mm" in failure.detail


def test_several_gaps_are_one_failure(spine: Drawing):
    prediction = spine.labels()
    for start, length in ((20, 4), (40, 9), (60, 5)):
        prediction[spine.canal()][:, :, start : start + length] = 0
    (failure,) = spine.failures(prediction)
    assert failure.amount == 9
    assert "3 gaps" in failure.detail


def test_a_short_gap_does_not(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.canal()][:, :, 40:42] = 0
    assert spine.modes(prediction) == []


def test_a_thread_does_not_hold_it_together(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.canal()][1:, :, 40:50] = prediction[spine.canal()][:, 3:, 40:50] = 0  # 3 of 40 voxels stay
    assert spine.modes(prediction) == ["canal broken"]


def test_a_canal_that_ends_early_is_a_border_error(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.canal()][:, :, 70:] = 0
    assert spine.modes(prediction) == ["border error"]


def test_no_gap_where_the_reference_has_one(spine: Drawing):
    reference = spine.labels()
    reference[spine.canal()][:, :, 40:50] = 0
    prediction = spine.labels()
    prediction[spine.canal()][:, :, 39:51] = 0
    assert spine.modes(prediction, reference) == []
    assert spine.modes(spine.labels(), reference) == []


def test_an_oblique_cut_breaks_it_too(spine: Drawing):
    prediction = spine.labels()
    canal = prediction[spine.canal()]
    columns, heights = np.mgrid[: canal.shape[1], : canal.shape[2]]
    along = heights - 3 * columns  # 16 high, 5 mm wide across, and no height without canal
    canal[:, (along >= 30) & (along < 46)] = 0
    covered = (prediction == spine.value(CANAL)).any(axis=(0, 1))[12:108]
    assert covered.all()
    (failure,) = spine.failures(prediction)
    assert failure.mode == "canal broken"
    assert failure.amount == pytest.approx(16 / np.sqrt(10), abs=1)
