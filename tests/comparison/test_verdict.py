from __future__ import annotations

from collections.abc import Callable

import pytest

from nnunet_spine.comparison.collect import Collection
from nnunet_spine.comparison.patients import ALL, MEAN
from nnunet_spine.comparison.statistics.pairs import Family, paired_tests
from nnunet_spine.comparison.statistics.verdict import verdict

from .example import given, make_results

Collect = Callable[..., Collection]


def test_the_best_arm_and_by_how_much(full: Collection):
    found = verdict(full, baseline="Real")
    assert found is not None
    assert (found.best, found.sequence, found.structure, found.condition) == ("Mix", ALL, MEAN, "as acquired")
    assert [one.place for one in found.arms] == [1, 2, 3, 4, 5, 6]
    assert found.n_patients == 8
    assert found.against_second is not None
    assert found.against_second.other == "Shot, 5 patients"
    family = Family(conditions=("as acquired",), sequences=(ALL,), structures=(MEAN,))
    tests = paired_tests(full, family)
    row = tests[(tests["first"] == "Real") & (tests["second"] == "Mix")].iloc[0]
    against = found.against_baseline
    assert against is not None
    assert (against.difference, against.effect_size) == (-row["difference"], -row["effect_size"])
    assert against.interval == (-row["ci_high"], -row["ci_low"])
    assert (against.p, against.p_holm, against.family_size) == (row["p"], row["p_holm"], 15)
    assert not against.clear, "eight patients and fifteen pairs"


def test_two_arms_are_a_family_of_one(collected: Collect):
    found = verdict(collected(make_results("Real"), make_results("Mix")), baseline="Mix")
    assert found is not None
    assert found.against_second is not None
    assert found.against_second.family_size == 1
    assert found.against_second.clear
    assert found.against_baseline is None, "the best arm is the baseline"


def test_the_best_of_a_distance_has_the_smallest(full: Collection):
    found = verdict(full, "hd95_mm_penalised")
    assert found is not None
    assert found.best == "Mix"
    assert found.against_second is not None
    assert found.against_second.difference < 0
    assert found.against_second.effect_size > 0


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
    assert found.against_second is not None
    assert found.against_second.state == "identical"
    assert not found.against_second.clear
    assert [one.place for one in found.arms] == [1, 1]


def test_a_single_arm_and_a_single_patient(collected: Collect):
    found = verdict(collected(given("A", {"p1_t1": 0.5})))
    assert found is not None
    assert (found.best, found.n_patients, found.against_second) == ("A", 1, None)
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
    assert found.against_second is not None
    assert found.against_second.family_size == 1


def test_an_unknown_baseline_is_refused(full: Collection):
    with pytest.raises(ValueError, match="baseline: expected one of Real"):
        verdict(full, baseline="nobody")
