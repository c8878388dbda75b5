"""Which cases are the worst, and which of them are drawn."""

from __future__ import annotations

import pytest

from nnunet_spine.comparison.page.worst import to_show, worst_cases
from nnunet_spine.comparison.reading.collect import Collection

from .example import DIAGONAL_MM, PATIENTS, make_results

STRUCTURES = ("vertebrae", "canal", "discs")


@pytest.fixture
def two(collected) -> Collection:
    return collected(make_results("Real"), make_results("Synth"))


def test_the_worst_come_first(two: Collection):
    found = worst_cases(two, "dice", STRUCTURES, 3)
    assert list(found)[:3] == [("vertebrae", "t1", "Real"), ("vertebrae", "t1", "Synth"), ("vertebrae", "t2", "Real")]
    scores = two.scores
    for (structure, sequence, arm), cases in found.items():
        rows = scores[(scores["structure"] == structure) & (scores["sequence"] == sequence) & (scores["arm"] == arm)]
        assert [one.value for one in cases] == sorted(rows["dice"].dropna())[:3]
        assert {one.n for one in cases} == {rows["dice"].count()}
        assert cases[0].mean == pytest.approx(rows["dice"].mean())
        assert cases[0].shortfall == pytest.approx(cases[0].mean - cases[0].value)


def test_a_missed_structure_is_the_worst_by_any_measure(two: Collection):
    for measure, value in (("dice", 0.0), ("hd95_mm_penalised", DIAGONAL_MM)):
        first = worst_cases(two, measure, STRUCTURES, 1)["canal", "t1", "Real"][0]
        assert (first.case, first.outcome, first.value) == (f"{PATIENTS[0]}_t1", "missed", value)


def test_what_is_not_in_the_reference_is_no_worst_case(two: Collection):
    for cases in worst_cases(two, "dice", STRUCTURES, 99).values():
        assert {one.outcome for one in cases} <= {"scored", "missed"}


def test_images_as_acquired_go_before_others(collected):
    some = collected(make_results("Real"), make_results("Real", condition="noise", level=2.0))
    cases = [one for some in worst_cases(some, "dice", STRUCTURES, 9).values() for one in some]
    assert {one.condition for one in cases} == {"as acquired"}
    only = collected(make_results("Real", condition="noise", level=2.0))
    assert any(worst_cases(only, "dice", STRUCTURES, 1).values())


def test_drawn_are_cases_of_as_many_kinds_as_there_are(two: Collection):
    worst = worst_cases(two, "dice", STRUCTURES, 5)
    shown = to_show(worst, two.arms, 4)
    for arm in two.arms:
        of_arm = [one for one in shown if one.arm == arm]
        assert len({one.case for one in of_arm}) == len({(one.structure, one.sequence) for one in of_arm}) == 4
        furthest = max(
            (case for key, cases in worst.items() if key[2] == arm for case in cases), key=lambda c: c.shortfall
        )
        assert furthest in of_arm
    order = [(STRUCTURES.index(one.structure), one.sequence) for one in shown]
    assert order == sorted(order)


def test_more_than_kinds_are_filled_up(collected):
    some = collected(make_results("Real", sequences=("t1",)))
    worst = worst_cases(some, "dice", ("canal",), 5)
    assert [one.case for one in to_show(worst, some.arms, 3)] == [one.case for one in worst["canal", "t1", "Real"][:3]]
    assert to_show(worst, some.arms, 0) == []
