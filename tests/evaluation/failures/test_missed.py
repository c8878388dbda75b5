"""Missed structure, missed piece."""

import numpy as np
import pytest

from nnunet_spine.labels import CANAL, DISC, VERTEBRA

from .drawing import BODY_ML, DISC_ML, POSTERIOR_ML, Drawing


def test_a_missing_disc_is_one_failure(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.disc(2)] = 0
    (failure,) = spine.failures(prediction)
    assert (failure.mode, failure.structure, failure.unit) == ("missed structure", spine.name(DISC, 2), "ml")
    assert failure.amount == pytest.approx(DISC_ML)
    assert failure.level == (2 if spine.numbered else None)
    assert ("all of it" if spine.numbered else "disc 2 of 4 from below") in failure.detail


def test_a_disc_is_found_from_a_fifth_of_it_on(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.disc(2)][:, 4:] = 0  # 4 of 18 columns stay
    assert "missed structure" not in spine.modes(prediction)
    prediction[spine.disc(2)][:, 3:] = 0
    assert spine.modes(prediction) == ["missed structure"]


def test_a_missing_vertebra(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.body(3)] = prediction[spine.posterior(3)] = 0
    failures = {failure.mode: failure.amount for failure in spine.failures(prediction)}
    # With one label for all, body and posterior element are pieces on their own.
    expected = {"missed structure": BODY_ML, "missed piece": POSTERIOR_ML}
    assert failures == pytest.approx({"missed structure": BODY_ML + POSTERIOR_ML} if spine.numbered else expected)


def test_a_missing_body_is_a_missed_structure_although_its_label_was_found(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.body(3)] = 0
    prediction[spine.body(3)][:, :3, :13] = spine.value(VERTEBRA, 3)  # 10 % of it
    (failure,) = spine.failures(prediction)
    assert (failure.mode, failure.structure) == ("missed structure", spine.name(VERTEBRA, 3))
    assert failure.amount == pytest.approx(BODY_ML)
    assert ("the body" if spine.numbered else "body 3 of 4 from below") in failure.detail


def test_a_posterior_element_is_a_missed_piece(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.posterior(1)] = 0
    (failure,) = spine.failures(prediction)
    assert failure.mode == "missed piece"
    assert failure.amount == pytest.approx(POSTERIOR_ML)
    assert "posterior element" in failure.detail


def test_a_fragment_of_a_numbered_vertebra_is_a_missed_piece(levels: Drawing):
    reference, prediction = levels.labels(), levels.labels()
    reference[:, 68:76, 46:56] = levels.value(VERTEBRA, 2)  # 21 % of the body, in front of it
    (failure,) = levels.failures(prediction, reference)
    assert (failure.mode, failure.structure) == ("missed piece", levels.name(VERTEBRA, 2))
    assert failure.amount == pytest.approx(0.4)


def test_a_piece_of_the_canal_is_a_missed_piece(spine: Drawing):
    reference = spine.labels()
    reference[:, 32:40, 60:65] = 0
    prediction = reference.copy()
    prediction[:, 32:40, 65:] = np.where(prediction[:, 32:40, 65:] == spine.value(CANAL), 0, prediction[:, 32:40, 65:])
    (failure,) = spine.failures(prediction, reference)
    assert (failure.mode, failure.structure) == ("missed piece", "canal")


@pytest.mark.parametrize("group", [VERTEBRA, CANAL, DISC])
def test_a_class_without_a_voxel_is_one_failure(classes: Drawing, group: str):
    prediction = classes.labels()
    prediction[prediction == classes.value(group)] = 0
    (failure,) = classes.failures(prediction)
    assert (failure.mode, failure.structure) == ("missed structure", classes.name(group))


def test_an_empty_prediction_misses_every_structure_once(spine: Drawing):
    failures = spine.failures(np.zeros_like(spine.labels()))
    assert {failure.mode for failure in failures} == {"missed structure"}
    assert len(failures) == (9 if spine.numbered else 3)


def test_chips_are_not_judged(classes: Drawing):
    reference = classes.labels()
    reference[:, 70:73, 50:54] = classes.value(VERTEBRA)  # 0.06 ml, 3 % of a body
    reference[:, 70:75, 60:66] = classes.value(VERTEBRA)  # 0.15 ml, 8 % of a body
    assert classes.modes(classes.labels(), reference) == []


def test_vertebrae_are_found_whatever_their_level(levels: Drawing):
    prediction = levels.labels()
    prediction[levels.body(3)] = prediction[levels.posterior(3)] = levels.value(VERTEBRA, 2)
    assert "missed structure" not in levels.modes(prediction)
