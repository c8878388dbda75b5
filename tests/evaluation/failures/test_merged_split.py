"""Merged vertebrae and split vertebra."""

import pytest

from nnunet_spine.labels import DISC, VERTEBRA

from .drawing import LEVELS, Drawing

IN_FRONT_OF_DISC = (slice(None), slice(61, 66), slice(38, 44))
"""5 mm wide, between the bodies of levels 1 and 2."""


def test_a_bridge_between_bodies_merges_them(classes: Drawing):
    prediction = classes.labels()
    prediction[IN_FRONT_OF_DISC] = classes.value(VERTEBRA)
    (failure,) = classes.failures(prediction)
    assert (failure.mode, failure.structure, failure.level) == ("merged vertebrae", "vertebrae", None)
    assert (failure.amount, failure.unit) == (2, "bodies")
    assert "bodies 1, 2 of 4 from below" in failure.detail


def test_the_slice_shows_the_bridge(classes: Drawing):
    prediction = classes.labels()
    prediction[3][IN_FRONT_OF_DISC[1:]] = prediction[4][IN_FRONT_OF_DISC[1:]] = classes.value(VERTEBRA)
    prediction[0, 66:68, 44:60] = classes.value(VERTEBRA)  # as much outside the reference, but thin
    (failure,) = classes.failures(prediction)
    assert (failure.mode, failure.slice) == ("merged vertebrae", 4)


@pytest.mark.parametrize("width", [1, 2])
def test_a_narrow_bridge_does_not(classes: Drawing, width: int):
    prediction = classes.labels()
    prediction[:, 61 : 61 + width, 38:44] = classes.value(VERTEBRA)
    assert classes.modes(prediction) == []


def test_three_bodies_are_one_failure(classes: Drawing):
    prediction = classes.labels()
    prediction[:, 61:66, 38:66] = classes.value(VERTEBRA)
    (failure,) = classes.failures(prediction)
    assert (failure.mode, failure.amount) == ("merged vertebrae", 3)


def test_bodies_joined_behind_the_canal_are_not_merged(classes: Drawing):
    reference = classes.labels()
    # On the side all vertebrae of a class are one component: a wall of facet joints, and pedicles.
    reference[0, 22:40, 22:104] = classes.value(VERTEBRA)
    for level in LEVELS:
        reference[0, 40:42, classes.body(level)[2]] = classes.value(VERTEBRA)
    assert classes.modes(reference, reference) == []
    prediction = reference.copy()
    prediction[IN_FRONT_OF_DISC] = classes.value(VERTEBRA)
    assert classes.modes(prediction, reference) == ["merged vertebrae"]


def test_bodies_that_touch_in_the_reference_are_not_judged(classes: Drawing):
    reference = classes.labels()
    reference[IN_FRONT_OF_DISC] = classes.value(VERTEBRA)
    assert classes.modes(classes.labels(), reference) == []
    assert classes.modes(reference, reference) == []


def test_one_label_on_two_bodies(levels: Drawing):
    prediction = levels.labels()
    prediction[IN_FRONT_OF_DISC] = levels.value(VERTEBRA, 2)
    prediction[levels.body(1)][:, :, 5:] = levels.value(VERTEBRA, 2)  # 11 of 16 rows
    failures = {failure.mode: failure for failure in levels.failures(prediction)}
    # What is covered by the wrong label has the wrong level, and two labels.
    assert set(failures) == {"merged vertebrae", "level shift", "split vertebra"}
    assert failures["merged vertebrae"].structure == "vertebrae"
    assert "vertebra_L5 and vertebra_L4 are one piece of vertebra_L4" in failures["merged vertebrae"].detail


def test_two_labels_that_touch_are_not_merged(levels: Drawing):
    prediction = levels.labels()
    prediction[IN_FRONT_OF_DISC] = levels.value(VERTEBRA, 2)
    assert levels.modes(prediction) == []


def test_a_gap_through_a_body_splits_it(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.body(3)][:, :, 7:9] = 0
    (failure,) = spine.failures(prediction)
    assert (failure.mode, failure.structure) == ("split vertebra", spine.name(VERTEBRA, 3))
    assert (failure.amount, failure.unit) == (2, "parts")


def test_a_gap_that_is_not_all_through_does_not(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.body(3)][:, 2:, 7:9] = 0
    assert spine.modes(prediction) == []


def test_a_chip_is_no_part(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.body(3)][:, :, 3:5] = 0  # 3 of 16 rows are apart
    assert spine.modes(prediction) == []


def test_two_labels_split_a_body(levels: Drawing):
    prediction = levels.labels()
    prediction[levels.body(3)][:, :, 12:] = levels.value(VERTEBRA, 4)
    split, border = levels.failures(prediction)
    assert (split.mode, split.level) == ("split vertebra", 3)
    assert "vertebra_L3 and vertebra_L2" in split.detail
    assert (border.mode, border.level) == ("border error", 4)  # the other label is where it should not be


def test_discs_are_not_split(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.disc(3)][:, 8:10] = 0
    assert DISC in spine.name(DISC, 3)
    assert spine.modes(prediction) == []
