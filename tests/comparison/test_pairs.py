from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.bootstrap import mean_interval
from nnunet_spine.comparison.statistics.pairs import (
    Family,
    identical_arms,
    paired_tests,
    rank_biserial,
    wilcoxon_p,
)
from nnunet_spine.comparison.statistics.patients import ALL, MEAN
from nnunet_spine.evaluation.results import Results

from .example import given, make_results
from .test_patients import value

Collect = Callable[..., Collection]
A = np.array([0.80, 0.82, 0.75, 0.90, 0.60, 0.71, 0.88])
B = np.array([0.70, 0.83, 0.71, 0.82, 0.55, 0.70, 0.85])


def dices(values: Sequence[float]) -> dict[str, float]:
    return {f"p{k}_t1": float(x) for k, x in enumerate(values)}


def test_a_test_is_scipys_of_the_patients(collected: Collect):
    row = paired_tests(collected(given("A", dices(A)), given("B", dices(B)))).iloc[0]
    assert (row["first"], row["second"], row["state"], row["better"]) == ("A", "B", "tested", "A")
    assert row["p"] == pytest.approx(stats.wilcoxon(A, B, method="exact").pvalue)
    assert row["difference"] == pytest.approx((A - B).mean())
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(mean_interval(A - B))
    assert (row["mean_first"], row["mean_second"]) == (pytest.approx(A.mean()), pytest.approx(B.mean()))
    assert (row["n_pairs"], row["n_equal"], row["n_cases"], row["n_unpaired_cases"]) == (7, 0, 7, 0)
    # Ranks of the differences: 7 1.5 4 6 5 1.5 3; the negative one has 1.5 of 28.
    assert row["effect_size"] == pytest.approx((26.5 - 1.5) / 28)


def test_more_images_of_patients_are_no_more_pairs(collected: Collect):
    once = paired_tests(collected(given("A", dices(A)), given("B", dices(B))))
    twice = [given(arm, dices(x) | {f"{name}_b": y for name, y in dices(x).items()}) for arm, x in (("A", A), ("B", B))]
    again = paired_tests(collected(*twice))
    pd.testing.assert_frame_equal(once.drop(columns="n_cases"), again.drop(columns="n_cases"))


def test_a_distance_is_better_where_it_is_smaller(collected: Collect):
    collection = collected(given("A", dices(A)), given("B", dices(B)))
    dice, distance = (paired_tests(collection, Family(measure)).iloc[0] for measure in ("dice", "hd95_mm"))
    assert distance["difference"] == pytest.approx(-20 * dice["difference"])
    assert distance["better"] == "A"
    assert distance["effect_size"] == pytest.approx(dice["effect_size"])
    assert distance["p"] == pytest.approx(dice["p"])


def test_arms_without_a_difference_are_identical_and_not_tested(collected: Collect):
    same = collected(given("A", dices(A)), given("B", dices(A)), given("C", dices(B)))
    tests = paired_tests(same)
    row = value(tests, first="A", second="B")
    assert (row["state"], row["better"], row["n_equal"], row["difference"]) == ("identical", "", 7, 0)
    assert math.isnan(row["p"])
    assert math.isnan(row["p_holm"])
    assert (tests["family_size"] == 2).all()
    assert identical_arms(same) == [("A", "B")]


def test_arms_with_other_cases_are_not_identical(collected: Collect):
    assert identical_arms(collected(given("A", dices(A)), given("B", dices(A[:-1])))) == []


def test_patients_that_do_not_differ_are_left_out_of_the_test_and_counted(collected: Collect):
    a, b = [*A, 0.5, 0.5], [*B, 0.5, 0.5]
    row = paired_tests(collected(given("A", dices(a)), given("B", dices(b)))).iloc[0]
    assert (row["n_pairs"], row["n_equal"]) == (9, 2)
    assert row["p"] == pytest.approx(stats.wilcoxon(A, B).pvalue)


def test_too_few_pairs_are_said_to_be_too_few(collected: Collect):
    row = paired_tests(collected(given("A", dices(B[:5] + 0.1)), given("B", dices(B[:5])))).iloc[0]
    assert (row["state"], row["n_pairs"], row["p"]) == ("too few pairs", 5, 0.0625)
    six = paired_tests(collected(given("A", dices(B[:6] + 0.1)), given("B", dices(B[:6])))).iloc[0]
    assert (six["state"], six["p"]) == ("tested", 0.03125)


def test_more_comparisons_take_more_patients(collected: Collect):
    three = [given(arm, dices(B - loss)) for arm, loss in (("A", 0), ("B", 0.01), ("C", 0.02))]
    tests = paired_tests(collected(*three))
    assert (tests["p_holm"] == 3 * 2 / 2**7).all()
    assert (tests["state"] == "tested").all(), "below 0.05"
    four = paired_tests(collected(*three, given("D", dices(B - 0.03))))
    assert (four["p_holm"] == 6 * 2 / 2**7).all()
    assert (four["state"] == "too few pairs").all()
    one = Family(baseline="A")
    assert (paired_tests(collected(*three), one)["state"] == "tested").all()


def test_steps_are_tested_in_the_order_of_the_arms_as_a_family_of_their_own(collected: Collect):
    three = given("B", dices(B)), given("A", dices(A)), given("C", dices(B - 0.02))
    steps = paired_tests(collected(*three), Family(steps=True))
    assert list(zip(steps["first"], steps["second"], strict=True)) == [("A", "B"), ("C", "A")]
    assert list(steps["difference"]) == pytest.approx([(A - B).mean(), (B - 0.02 - A).mean()])
    assert (steps["family_size"] == 2).all()


def test_few_pairs_are_enough_where_other_tests_have_many(collected: Collect):
    # Of the three tests, two have so many patients that the third is corrected for itself alone.
    many = np.arange(40) / 100
    few = {f"p{k}_t1": 0.2 + x for k, x in enumerate(many[:6])}
    arms = [given("A", dices(many)), given("B", dices(many + 0.1)), given("C", dices(many + 0.1) | few)]
    tests = paired_tests(collected(*arms))
    row = value(tests, first="B", second="C")
    assert (row["n_pairs"], row["n_equal"], row["state"]) == (40, 34, "tested")
    assert row["p_holm"] == row["p"] == 0.03125
    assert tests.loc[tests["p_holm"] < 0.05, "state"].eq("tested").all()


def test_the_order_of_arms_turns_signs_and_nothing_else(collected: Collect):
    there, back = (paired_tests(collected(*some)).iloc[0] for some in _both_orders())
    assert (there["ci_low"], there["ci_high"]) == (-back["ci_high"], -back["ci_low"])
    assert (there["difference"], there["effect_size"]) == (-back["difference"], -back["effect_size"])
    assert (there["p"], there["better"]) == (back["p"], back["better"])
    assert there["n_first_better"] + back["n_first_better"] + there["n_equal"] == there["n_pairs"]


def _both_orders() -> list[list[Results]]:
    rng = np.random.default_rng(3)
    a, b = (given(arm, dices(rng.uniform(0.2, 0.9, 25))) for arm in "AB")
    return [[a, b], [b, a]]


def test_patients_without_a_counterpart_are_named(collected: Collect):
    a, b = dices(A), dices(B)
    del a["p3_t1"]
    b["p0_t1"] = "absent"
    row = paired_tests(collected(given("A", a), given("B", b))).iloc[0]
    assert (row["only_first"], row["only_second"]) == (("p0",), ("p3",))
    assert (row["n_pairs"], row["n_cases"], row["n_unpaired_cases"]) == (5, 5, 2)
    assert row["difference"] == pytest.approx((A - B)[[1, 2, 4, 5, 6]].mean())


def test_arms_are_compared_on_images_that_both_have(collected: Collect):
    # B lacks the easy image of the patient, and would look worse for it.
    a = {"p1_t1": 0.5, "p1_t1_easy": 0.9}
    row = paired_tests(collected(given("A", a), given("B", {"p1_t1": 0.6}))).iloc[0]
    assert row["difference"] == pytest.approx(-0.1)
    assert row["n_unpaired_cases"] == 1


def test_a_distance_that_one_arm_does_not_have_is_no_pair(collected: Collect):
    collection = collected(given("A", dices(A) | {"p0_t1": "missed"}), given("B", dices(B)))
    raw, penalised = (paired_tests(collection, Family(name)).iloc[0] for name in ("hd95_mm", "hd95_mm_penalised"))
    assert (raw["n_pairs"], raw["only_second"]) == (6, ("p0",))
    assert penalised["n_pairs"] == 7


def test_nothing_in_common_is_said(collected: Collect):
    row = paired_tests(collected(given("A", {"p1_t1": 0.5}), given("B", {"p2_t1": 0.6}))).iloc[0]
    assert (row["state"], row["n_pairs"], row["family_size"]) == ("no pairs", 0, 0)
    assert math.isnan(row["difference"])


def test_conditions_that_one_arm_was_not_tested_in_are_no_tests(collected: Collect):
    runs = [given("A", dices(A)), given("B", dices(B)), given("A", dices(A), condition="noise", level=1.0)]
    assert set(paired_tests(collected(*runs))["condition"]) == {"as acquired"}


def test_a_single_arm_has_no_tests(collected: Collect):
    tests = paired_tests(collected(given("A", dices(A))))
    assert tests.empty
    assert {"p_holm", "family_size"} < set(tests)


def test_holm_is_statsmodels_of_the_whole_table(full: Collection):
    tests = paired_tests(full)
    tested = tests.dropna(subset="p")
    assert (tests["family_size"] == len(tested)).all()
    np.testing.assert_allclose(tested["p_holm"], multipletests(tested["p"], method="holm")[1])
    # Every pair that has the setting, in every structure.
    assert len(tests[tests["level"].isna()]) == 15 * 3 * 5


def test_a_family_is_what_is_asked_for(full: Collection):
    family = Family(baseline="Synth", conditions=("as acquired",), sequences=(ALL,), structures=(MEAN,))
    tests = paired_tests(full, family)
    assert list(tests["first"]) == [arm for arm in full.arms if arm != "Synth"]
    assert (tests["second"] == "Synth").all()
    assert (tests["family_size"] == 5).all()
    with pytest.raises(ValueError, match="baseline: expected one of Real, Synth, Mix"):
        paired_tests(full, Family(baseline="synth"))


def test_known_effects_are_found(full: Collection):
    tests = paired_tests(full, Family(structures=("vertebrae",), conditions=("as acquired",)))
    t1 = value(tests, first="Real", second="Synth", sequence="t1")
    assert t1["difference"] == pytest.approx(0.03 - 0.2, abs=0.01)
    assert t1["better"] == "Synth"
    t2 = value(tests, first="Real", second="Synth", sequence="t2")
    assert t2["difference"] == pytest.approx(0.03, abs=0.01)
    assert t2["better"] == "Real"
    assert t2["effect_size"] == 1


def test_the_effect_size_is_that_of_hand_drawn_ranks():
    assert rank_biserial(np.array([1.0, 2, 3])) == 1
    assert rank_biserial(np.array([-1.0, -2])) == -1
    assert rank_biserial(np.array([3.0, -1, -2])) == 0
    assert rank_biserial(np.array([0.0, 2, -2, 5])) == pytest.approx((1.5 + 3 - 1.5) / 6)
    assert math.isnan(rank_biserial(np.zeros(3)))


def test_p_of_tied_differences_is_that_of_all_signs():
    # Of the 8 ways to give three equal differences a sign, two are as one-sided as this one.
    assert wilcoxon_p(np.array([1.0, 1, 1])) == pytest.approx(2 / 8)


def test_schemes_are_tested_on_what_they_share(collected: Collect):
    tests = paired_tests(collected(make_results("Real"), make_results("Synth", scheme="14class")))
    assert set(tests["structure"]) == {"vertebrae", "canal", "discs", "foreground", MEAN}
