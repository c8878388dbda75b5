from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.confusion import confusion, row_shares
from nnunet_spine.comparison.statistics.correlation import correlations, failures_a_case, spearman
from nnunet_spine.comparison.statistics.failures import ANY, failure_counts
from nnunet_spine.comparison.statistics.patients import ALL
from nnunet_spine.evaluation.records import FailureRecord
from nnunet_spine.evaluation.results import Results

from .example import given, make_results
from .test_patients import value

Collect = Callable[..., Collection]
LEAK = FailureRecord("disc leak", "canal", None, 1.0, "ml", "a leak", 0)


def with_failures(results: Results, numbers: dict[str, int]) -> Results:
    cases = tuple(replace(case, failures=(LEAK,) * numbers.get(case.case, 0)) for case in results.cases)
    return replace(results, cases=cases)


def with_property(results: Results, values: dict[str, float]) -> Results:
    cases = tuple(replace(case, properties={"snr": values[case.case]}) for case in results.cases)
    return replace(results, cases=cases)


def test_failures_are_counted_by_images_and_patients(collected: Collect):
    results = given("A", {"p1_t1": 0.5, "p1_t1_b": 0.5, "p2_t1": 0.5, "p3_t1": 0.5})
    counts = failure_counts(collected(with_failures(results, {"p1_t1": 2, "p1_t1_b": 1})))
    row = value(counts, structure="canal")
    assert (row["n_failures"], row["n_failed"], row["n_images"], row["n_patients"]) == (3, 2, 4, 1)
    assert row["share"] == 0.5
    assert value(counts, structure=ANY)["n_failures"] == 3


def test_failures_of_all_sequences_are_sums(full: Collection):
    counts = failure_counts(full)
    missed = counts[(counts["mode"] == "missed structure") & counts["level"].isna() & (counts["structure"] == "canal")]
    assert missed.set_index("sequence")["n_failed"].to_dict() == {ALL: 2, "t1": 2}
    assert missed.set_index("sequence")["n_images"].to_dict() == {ALL: 32, "t1": 16}


def test_no_failures_give_no_rows(collected: Collect):
    assert failure_counts(collected(given("A", {"p1_t1": 0.5}))).empty


def test_a_case_without_failures_counts_as_none(collected: Collect):
    results = with_failures(given("A", {"p1_t1": 0.5, "p1_t1_b": 0.5, "p2_t1": 0.5}), {"p1_t1": 3})
    found = failures_a_case(collected(results)).set_index("patient")["value"]
    assert found.to_dict() == {"p1": 1.5, "p2": 0}


def test_correlations_are_scipys_of_patients(collected: Collect):
    rng = np.random.default_rng(0)
    dice, snr = rng.uniform(0.2, 0.9, 12), rng.uniform(5, 20, 12)
    cases = [f"p{k}_t1" for k in range(12)]
    results = with_property(given("A", dict(zip(cases, dice, strict=True))), dict(zip(cases, snr, strict=True)))
    row = value(correlations(collected(results)), outcome="dice")
    expected = stats.spearmanr(dice, snr)
    assert (row["rho"], row["p"]) == (pytest.approx(expected.statistic), pytest.approx(expected.pvalue))
    assert (row["n"], row["property"], row["family_size"]) == (12, "snr", 1)


def test_patients_whose_property_is_not_known_are_left_out(collected: Collect):
    dice = {f"p{k}_t1": 0.1 * k for k in range(1, 7)}
    snr = {case: math.nan if case == "p3_t1" else 10 - 10 * x for case, x in dice.items()}
    row = value(correlations(collected(with_property(given("A", dice), snr))), outcome="dice")
    assert (row["n"], row["rho"]) == (5, pytest.approx(-1))


def test_p_of_few_patients_is_that_of_all_orders():
    # Of 5! orders one has rho 1, and one -1.
    found = spearman(pd.Series([1.0, 2, 3, 4, 5]), pd.Series([2.0, 3, 5, 7, 11]))
    assert (found["rho"], found["p"]) == (pytest.approx(1), pytest.approx(2 / math.factorial(5)))


@pytest.mark.parametrize("values", [[1.0, 2, 3], [2.0, 2, 2, 2, 2]])
def test_too_few_or_equal_values_have_no_correlation(values: list[float]):
    found = spearman(pd.Series(values), pd.Series(range(len(values))))
    assert found["n"] == len(values)
    assert math.isnan(found["rho"])
    assert math.isnan(found["p"])


def test_correlations_are_corrected_together(full: Collection):
    found = correlations(full)
    tested = found.dropna(subset="p")
    assert (found["family_size"] == len(tested)).all()
    np.testing.assert_allclose(tested["p_holm"], multipletests(tested["p"], method="holm")[1])
    assert set(found["property"]) == {"snr", "contrast"}, "the grade is known of nobody"
    assert set(found["outcome"]) == {"dice", "failures"}


def test_how_much_was_graded_is_no_property(collected: Collect):
    results = given("A", {f"p{k}_t1": 0.1 * k for k in range(1, 7)})
    cases = tuple(
        replace(case, properties={"graded_discs": float(k), "pfirrmann_mean": float(k)})
        for k, case in enumerate(results.cases)
    )
    assert set(correlations(collected(replace(results, cases=cases)))["property"]) == {"pfirrmann_mean"}


def test_without_properties_there_are_no_correlations(collected: Collect):
    assert correlations(collected(given("A", {"p1_t1": 0.5, "p2_t1": 0.6}))).empty


def test_confusion_is_the_sum_of_cases(collected: Collect):
    results = make_results("Real")
    total = confusion(collected(results).cases)
    np.testing.assert_array_equal(total, np.sum([np.array(case.confusion) for case in results.cases], axis=0))
    assert list(total.index) == ["background", "vertebrae", "canal", "discs"] == list(total.columns)


def test_confusion_of_other_labels_is_summed_by_name(collected: Collect):
    runs = [make_results("Real"), make_results("Real", scheme="14class", fold="1", patients=("p01",))]
    total = confusion(collected(*runs).cases)
    each = [confusion(collected(run).cases) for run in runs]
    assert total.to_numpy().sum() == sum(one.to_numpy().sum() for one in each)
    assert total.loc["canal", "canal"] == sum(one.loc["canal", "canal"] for one in each)


def test_rows_of_shares_sum_to_one_where_there_is_something():
    counts = pd.DataFrame([[8, 2], [0, 0]], index=["a", "b"], columns=["a", "b"])
    shares = row_shares(counts)
    assert list(shares.loc["a"]) == [0.8, 0.2]
    assert shares.loc["b"].isna().all()
