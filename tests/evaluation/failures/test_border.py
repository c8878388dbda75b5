"""Border error."""

import pytest

from nnunet_spine.evaluation.case import score_case
from nnunet_spine.evaluation.failures import find_failures
from nnunet_spine.labels import CANAL, DISC, scheme_of

from .drawing import SPACING_MM, Drawing


def wider(spine: Drawing, mm: int):
    """The canal grows to the back, between posterior elements."""
    prediction = spine.labels()
    grown = prediction[:, 32 - mm : 32, 12:108]
    grown[grown == 0] = spine.value(CANAL)
    return prediction


def test_a_canal_that_is_much_too_wide(spine: Drawing):
    (failure,) = spine.failures(wider(spine, 6))
    assert (failure.mode, failure.structure, failure.unit) == ("border error", "canal", "mm")
    assert failure.amount == pytest.approx(6)


def test_a_canal_that_is_a_little_too_wide(spine: Drawing):
    assert spine.modes(wider(spine, 4)) == []


def test_a_thick_slice_too_many_is_no_error(spine: Drawing):
    reference = spine.labels()
    reference[-1] = 0
    assert spine.modes(spine.labels(), reference, spacing_mm=(5.0, 1.0, 1.0)) == []


def test_other_failures_of_the_structure_explain_it(spine: Drawing):
    prediction = wider(spine, 6)
    prediction[spine.canal()][:, :, 40:50] = 0
    prediction[:, 26:32, 40:80][prediction[:, 26:32, 40:80] == spine.value(CANAL)] = 0
    assert spine.modes(prediction) == ["canal broken"]


def test_other_structures_do_not(spine: Drawing):
    prediction = wider(spine, 6)
    prediction[spine.disc(2)] = 0
    assert spine.modes(prediction) == ["missed structure", "border error"]


def test_known_scores_are_taken(spine: Drawing):
    """Known HD95 changes nothing but the time it takes."""
    reference, prediction = spine.labels(), wider(spine, 6)
    prediction[:, 60:63, 38:44] = spine.value(DISC, 2)
    scores = score_case(reference, prediction, SPACING_MM, scheme_of(spine.scheme).dataset_labels())
    known = find_failures(reference, prediction, SPACING_MM, spine.structures, scores=scores.structures)
    assert known == spine.failures(prediction)
    assert known
