"""False positive."""

import pytest

from nnunet_spine.labels import CANAL, DISC, VERTEBRA

from .drawing import Drawing


@pytest.mark.parametrize("group", [VERTEBRA, CANAL, DISC])
def test_a_piece_far_away(spine: Drawing, group: str):
    prediction = spine.labels()
    prediction[:, 2:12, 60:70] = spine.value(group, 2)
    (failure,) = spine.failures(prediction)
    assert (failure.mode, failure.structure, failure.unit) == ("false positive", spine.name(group, 2), "ml")
    assert failure.amount == pytest.approx(0.5)
    assert "background" in failure.detail


def test_s1_as_a_vertebra(spine: Drawing):
    prediction = spine.labels()
    prediction[:, 42:66, 1:12] = spine.value(VERTEBRA, 1)  # 4 mm below the lowest disc
    (failure,) = spine.failures(prediction)
    assert failure.mode == "false positive"


def test_a_structure_that_the_reference_lacks(levels: Drawing):
    prediction = levels.labels()
    prediction[:, 70:78, 90:100] = levels.value(VERTEBRA, 6)
    (failure,) = levels.failures(prediction)
    assert (failure.mode, failure.structure, failure.level) == ("false positive", "vertebra_T12", 6)


def test_crumbs_do_not_count(spine: Drawing):
    prediction = spine.labels()
    prediction[:, 2:6, 60:69] = spine.value(CANAL)  # 0.18 ml
    assert "false positive" not in spine.modes(prediction)


@pytest.mark.parametrize(("length_mm", "found"), [(6, []), (7, ["false positive"])])
def test_what_lies_beyond_the_border_counts_of_a_piece_that_touches(spine: Drawing, length_mm: int, found: list[str]):
    """A stripe of 5 x 10 mm in front of a body whose own prediction is apart; 0.2 ml are 4 mm of it."""
    prediction = spine.labels()
    prediction[spine.body(2)][:, -1] = 0
    prediction[:, 66 : 66 + length_mm, 47:57] = spine.value(VERTEBRA, 2)
    assert [mode for mode in spine.modes(prediction) if mode == "false positive"] == found


def test_what_lies_at_the_border_is_a_border(spine: Drawing):
    prediction = spine.labels()
    prediction[spine.body(2)][:, -1] = 0
    prediction[:, 66:69, 46:58] = spine.value(VERTEBRA, 2)  # beside the body, and apart from its prediction
    prediction[:, 65, 44:60] = 0
    assert spine.modes(prediction) == []


def test_another_level_is_not_false(levels: Drawing):
    prediction = levels.labels()
    prediction[levels.disc(2)] = levels.value(DISC, 5)
    assert levels.modes(prediction) == ["level shift"]
