from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nnunet_spine.comparison.reading.collect import Collection, collect
from nnunet_spine.comparison.statistics.bootstrap import RESAMPLES, SEED, mean_interval, mean_intervals, rounded_mean
from nnunet_spine.comparison.statistics.patients import ALL, MEAN
from nnunet_spine.comparison.statistics.summary import run_means, summarise

from .example import DIAGONAL_MM, given, make_results, write_all
from .test_patients import value

VALUES = np.array([0.91, 0.85, 0.88, 0.42, 0.79, 0.9])


MANY = np.concatenate([VALUES, VALUES**2, VALUES**3, VALUES**4])


def test_the_interval_of_many_patients_is_scipys_bootstrap():
    rng = np.random.default_rng(SEED)
    expected = stats.bootstrap((np.sort(MANY),), rounded_mean, n_resamples=RESAMPLES, method="BCa", rng=rng)
    assert mean_interval(MANY) == pytest.approx(tuple(expected.confidence_interval))


def test_the_interval_of_few_patients_is_students():
    error = VALUES.std(ddof=1) / len(VALUES) ** 0.5
    assert mean_interval(VALUES) == pytest.approx(stats.t.interval(0.95, len(VALUES) - 1, VALUES.mean(), error))


@pytest.mark.parametrize("patients", [3, 5, 8, 19])
def test_the_interval_of_few_patients_holds_the_mean_as_often_as_it_says(patients: int):
    rng = np.random.default_rng(0)
    intervals = mean_intervals(rng.normal(0.8, 0.1, (1000, patients)))
    assert 0.93 < np.mean([low < 0.8 < high for low, high in intervals]) < 0.97


@pytest.mark.parametrize("values", [VALUES - 0.85, MANY - MANY.mean() / 2, MANY])
def test_the_interval_of_a_difference_is_turned_with_it(values: np.ndarray):
    low, high = mean_interval(values)
    assert mean_interval(-values) == (-high, -low)


def test_the_interval_holds_the_mean_in_19_of_20_samples():
    rng = np.random.default_rng(0)
    intervals = mean_intervals(rng.normal(0.8, 0.1, (300, 30)))
    assert 0.9 < np.mean([low < 0.8 < high for low, high in intervals]) < 0.98


def test_the_interval_depends_neither_on_the_order_of_patients_nor_on_other_groups():
    others = [VALUES[:4], VALUES + 1, VALUES[:1], VALUES[::-1], MANY + 1, MANY[::-1]]
    assert mean_intervals(others)[3] == mean_interval(VALUES)
    assert mean_intervals(others)[5] == mean_interval(MANY)


@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.9], [0.1 + 0.2, 0.3, 0.3]])
def test_there_is_no_interval_of_too_few_or_equal_values(values: list[float]):
    assert all(map(math.isnan, mean_interval(values)))


def test_a_summary_is_that_of_patients(collected: Callable[..., Collection]):
    dice = {f"p{k}_t1": x for k, x in enumerate(VALUES)} | {"p0_t1_b": VALUES[0], "p8_t1": "absent"}
    row = summarise(collected(given("A", dice)), "dice").iloc[0]
    assert row["mean"] == pytest.approx(VALUES.mean())
    assert row["sd"] == pytest.approx(VALUES.std(ddof=1))
    assert row["median"] == pytest.approx(np.median(VALUES))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(mean_interval(VALUES))
    assert (row["n_patients"], row["n_cases"], row["n_scores"], row["n_absent"]) == (6, 7, 8, 1)


def test_missed_structures_are_counted_and_penalised(collected: Callable[..., Collection]):
    some = {"p1_t1": 0.9, "p2_t1": "missed", "p3_t1": "false_positive", "p4_t1": "absent"}
    rows = summarise(collected(given("A", some)), "dice", "hd95_mm", "hd95_mm_penalised").set_index("measure")
    assert rows["mean"].to_dict() == {
        "dice": pytest.approx(0.45),
        "hd95_mm": pytest.approx(2),
        "hd95_mm_penalised": pytest.approx((2 + DIAGONAL_MM) / 2),
    }
    assert rows["n_patients"].to_dict() == {"dice": 2, "hd95_mm": 1, "hd95_mm_penalised": 2}
    assert (rows[["n_missed", "n_false_positive", "n_absent"]] == 1).all(axis=None)


def test_a_structure_that_is_never_there_has_a_row_without_values(collected: Callable[..., Collection]):
    row = summarise(collected(given("A", {"p1_t1": "absent", "p2_t1": "absent"})), "dice").iloc[0]
    assert row["n_patients"] == row["n_cases"] == row["n_runs"] == 0
    assert row["n_absent"] == 2
    assert math.isnan(row["mean"])


def test_counts_of_the_mean_and_of_all_sequences_are_sums(full: Collection):
    rows = summarise(full, "dice")
    rows = rows[(rows["arm"] == "Real") & rows["level"].isna()]
    assert value(rows, sequence="t1", structure="canal")["n_missed"] == 2
    assert value(rows, sequence="t2", structure="canal")["n_missed"] == 0
    assert value(rows, sequence=ALL, structure=MEAN)["n_missed"] == 2
    assert value(rows, sequence=ALL, structure=MEAN)["n_scores"] == 2 * 16 * 3


def test_the_order_of_files_changes_no_number(tmp_path: Path):
    files = [write_all(tmp_path / arm, [make_results(arm)]) / "000.jsonl" for arm in ("Real", "Synth")]
    by = ["arm", "sequence", "structure"]
    here, there = (summarise(collect(some), "dice").sort_values(by, ignore_index=True) for some in (files, files[::-1]))
    pd.testing.assert_frame_equal(here, there)


def test_every_run_has_a_mean(collected: Callable[..., Collection]):
    seeds = [{"p1_t1": 0.5, "p2_t1": 0.7}, {"p1_t1": 0.7, "p2_t1": 0.9}]
    collection = collected(*(given("A", dice, seed=k) for k, dice in enumerate(seeds)))
    assert list(run_means(collection, "dice")["mean"]) == pytest.approx([0.6, 0.8])


def test_patients_of_folds_are_patients_of_their_arm(collected: Callable[..., Collection]):
    folds = [given("A", {"p1_t1": 0.5}, fold="0"), given("A", {"p2_t1": 0.7}, fold="1")]
    assert summarise(collected(*folds), "dice")["n_patients"].item() == 2
