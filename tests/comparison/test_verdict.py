from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.comparison.statistics.pairs import Family, paired_tests
from nnunet_spine.comparison.statistics.patients import ALL, MEAN
from nnunet_spine.comparison.statistics.verdict import verdict
from nnunet_spine.evaluation.results import Results

from .example import given, make_results
from .test_patients import value

Collect = Callable[..., Collection]


def test_the_best_arm_and_by_how_much(full: Collection):
    found = verdict(full, baseline="Real")
    assert found is not None
    assert (found.best, found.sequence, found.structure, found.condition) == ("Mix", ALL, MEAN, "as acquired")
    assert [one.place for one in found.arms] == [1, 2, 3, 4, 5, 6]
    assert (found.coverage.n_patients, found.coverage.n_all_patients, dict(found.coverage.lacking)) == (8, 8, {})
    family = Family(baseline="Real", conditions=("as acquired",), sequences=(ALL,), structures=(MEAN,))
    row = value(paired_tests(full, family), first="Mix")
    (against,) = found.against
    assert (against.other, against.difference, against.effect_size) == ("Real", row["difference"], row["effect_size"])
    assert against.interval == (row["ci_low"], row["ci_high"])
    assert (against.p, against.p_holm, against.family_size) == (row["p"], row["p_holm"], 5)
    assert list(found.tests["p_holm"]) == list(paired_tests(full, family)["p_holm"])


def test_without_a_baseline_the_family_is_all_pairs(full: Collection):
    found = verdict(full)
    assert found is not None
    assert [one.other for one in found.against] == [one.arm for one in found.arms[1:]]
    assert found.against[0].other == "Shot, 5 patients"
    assert {one.family_size for one in found.against} == {15}
    assert {one.state for one in found.against} == {"too few pairs"}, "15 times 2 / 2^8 is above 0.05"


def ahead_on(arms: dict[str, tuple[int, float, float]]) -> list[Results]:
    """Results by number of patients, Dice of the first three, and of the others."""
    return [
        given(arm, {f"p{k:02d}_t1": (few if k < 3 else more) + 0.001 * k * len(arm) for k in range(n)})
        for arm, (n, few, more) in arms.items()
    ]


def test_order_difference_and_tests_are_of_the_same_patients(collected: Collect):
    # A is ahead on the three patients that C has too, and far behind on all others.
    some = ahead_on({"A": (12, 0.9, 0.6), "BB": (12, 0.85, 0.8), "C": (3, 0.5, 0.5)})
    found = verdict(collected(*some))
    assert found is not None
    assert (found.best, [one.other for one in found.against]) == ("A", ["BB", "C"])
    assert found.against[0].difference == pytest.approx(found.arms[0].mean - found.arms[1].mean)
    assert all(one.difference >= 0 and one.n_pairs == 3 for one in found.against)
    assert (found.coverage.n_patients, found.coverage.n_all_patients) == (3, 12)
    assert dict(found.coverage.lacking) == {"C": 3}
    assert found.worst_setting.mean == pytest.approx(found.arms[0].mean)
    assert found.worst_structure.n_patients == 3
    alone = verdict(collected(*some[:2]))
    assert alone is not None
    assert (alone.best, alone.coverage.n_patients, dict(alone.coverage.lacking)) == ("BB", 12, {})


@pytest.mark.parametrize("measure", ["dice", "hd95_mm", "hd95_mm_penalised"])
def test_the_best_arm_is_never_behind(collected: Collect, measure: str):
    rng = np.random.default_rng(0)
    for _ in range(2):
        some = [
            given(
                arm, {f"p{k:02d}_{of}": rng.uniform(0.1, 0.9) for k in rng.choice(12, 9, False) for of in ("t1", "t2")}
            )
            for arm in "ABCD"
        ]
        found = verdict(collected(*some), measure)
        assert found is not None
        assert all(measure_of(measure).sign * one.difference >= 0 for one in found.against)
        assert {one.n_pairs for one in found.against} == {found.coverage.n_patients}


def test_images_that_an_arm_lacks_are_counted(collected: Collect):
    found = verdict(collected(given("A", {"p1_t1": 0.5, "p1_t1_b": 0.9}), given("B", {"p1_t1": 0.6})))
    assert found is not None
    assert (found.coverage.n_images, found.coverage.n_all_images, found.coverage.n_all_patients) == (1, 2, 1)
    assert found.best == "B"


def test_repeated_trainings_are_counted_arm_by_arm(collected: Collect):
    dice = {"p1_t1": 0.5, "p2_t1": 0.7}
    folds = [given("Folds", dice, fold=str(k)) for k in range(5)]
    others = [given("Once", dice, seed=0), given("Twice", dice, seed=0), given("Twice", {"p1_t1": 0.5}, seed=1)]
    found = verdict(collected(*folds, *others))
    assert found is not None
    assert found.coverage.trained_once == ("Once", "Twice"), "five folds tested on the same images are five trainings"


def test_two_arms_are_a_family_of_one(collected: Collect):
    found = verdict(collected(make_results("Real"), make_results("Mix")), baseline="Mix")
    assert found is not None
    (against,) = found.against
    assert (found.baseline, found.best, against.other) == ("Mix", "Mix", "Real")
    assert against.family_size == 1
    assert against.clear


def test_the_best_of_a_distance_has_the_smallest(full: Collection):
    found = verdict(full, "hd95_mm_penalised")
    assert found is not None
    assert found.best == "Mix"
    assert found.against[0].difference < 0
    assert found.against[0].effect_size > 0
    assert found.against[0].n_better > found.against[0].n_worse


def test_where_the_best_arm_is_weak(full: Collection):
    found = verdict(full)
    assert found is not None
    assert (found.worst_structure.structure, found.worst_structure.sequence) == ("discs", ALL)
    assert found.worst_structure.n_patients == 7
    assert (found.worst_setting.condition, found.worst_setting.level) == ("resolution", 4.0)
    assert found.worst_setting.mean == pytest.approx(0.9 - 0.12, abs=0.02)


def test_identical_arms_are_no_winner(collected: Collect):
    found = verdict(collected(given("A", {"p1_t1": 0.5, "p2_t1": 0.7}), given("B", {"p1_t1": 0.5, "p2_t1": 0.7})))
    assert found is not None
    assert found.against[0].state == "identical"
    assert not found.against[0].clear
    assert [one.place for one in found.arms] == [1, 1]


def test_a_single_arm_and_a_single_patient(collected: Collect):
    found = verdict(collected(given("A", {"p1_t1": 0.5})))
    assert found is not None
    assert (found.best, found.coverage.n_patients, found.against) == ("A", 1, ())
    assert found.arms[0].mean == 0.5


def test_arms_without_a_common_patient_have_no_verdict(collected: Collect):
    assert verdict(collected(given("A", {"p1_t1": 0.5}), given("B", {"p2_t1": 0.7}))) is None


def test_without_images_as_acquired_the_first_setting_counts(collected: Collect):
    runs = [
        given(arm, {"p1_t1": dice - level / 10, "p2_t1": dice}, condition="noise", level=level)
        for arm, dice in (("A", 0.5), ("B", 0.6))
        for level in (2.0, 1.0)
    ]
    found = verdict(collected(*runs))
    assert found is not None
    assert (found.condition, found.level, found.best) == ("noise", 1.0, "B")
    assert found.against[0].family_size == 1


def test_an_unknown_baseline_is_refused(full: Collection):
    with pytest.raises(ValueError, match="baseline: expected one of Real"):
        verdict(full, baseline="nobody")
