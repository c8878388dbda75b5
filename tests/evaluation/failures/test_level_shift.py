"""Level shift."""

import numpy as np
import pytest

from nnunet_spine.labels import DISC, VERTEBRA

from .drawing import LEVELS, Drawing


def shifted(spine: Drawing, by: int, groups: tuple[str, ...] = (VERTEBRA, DISC)) -> np.ndarray:
    reference = spine.labels()
    prediction = reference.copy()
    for group in groups:
        for level in LEVELS:
            prediction[reference == spine.value(group, level)] = spine.value(group, level + by)
    return prediction


@pytest.mark.parametrize("by", [1, 2])
def test_a_shift_of_the_whole_spine_is_one_failure(levels: Drawing, by: int):
    (failure,) = levels.failures(shifted(levels, by))
    assert (failure.mode, failure.structure, failure.level) == ("level shift", "foreground", None)
    assert (failure.amount, failure.unit) == (by, "levels")
    assert "8 structures" in failure.detail
    assert "too high" in failure.detail


def test_a_downward_shift_is_told_apart(levels: Drawing):
    (failure,) = levels.failures(levels.labels(), shifted(levels, 1))
    assert failure.amount == 1
    assert "too low" in failure.detail


def test_vertebrae_alone(levels: Drawing):
    (failure,) = levels.failures(shifted(levels, 1, (VERTEBRA,)))
    assert failure.structure == "vertebrae"


def test_a_swap_is_two_failures(levels: Drawing):
    prediction = levels.labels()
    for one, other in ((2, 3), (3, 2)):
        prediction[levels.body(one)] = prediction[levels.posterior(one)] = levels.value(VERTEBRA, other)
    failures = levels.failures(prediction)
    assert [failure.mode for failure in failures] == ["level shift", "level shift"]
    assert {(failure.structure, failure.level) for failure in failures} == {
        (levels.name(VERTEBRA, level), level) for level in (2, 3)
    }


def test_shifts_with_right_levels_between_are_two_failures(levels: Drawing):
    reference = levels.labels()
    prediction = reference.copy()
    for level in (2, 4):
        prediction[reference == levels.value(DISC, level)] = levels.value(DISC, level + 1)
    # The label of level 3 is on disc 2 as well, so that its own border is wrong.
    assert levels.modes(prediction) == ["level shift", "level shift", "border error"]


def test_the_label_that_covers_most_is_the_level(levels: Drawing):
    prediction = levels.labels()
    prediction[levels.disc(2)][:, :8] = levels.value(DISC, 3)  # 8 of 18 columns
    assert "level shift" not in levels.modes(prediction)
    prediction[levels.disc(2)][:, :10] = levels.value(DISC, 3)
    assert "level shift" in levels.modes(prediction)


def test_a_label_on_little_of_a_disc_is_no_level(levels: Drawing):
    prediction = levels.labels()
    prediction[levels.disc(2)][:, 5:] = 0
    prediction[levels.disc(2)][:, :5] = levels.value(DISC, 3)  # 28 %, and nothing else
    assert "level shift" not in levels.modes(prediction)
