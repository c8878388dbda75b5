"""Folds: by patient, balanced, every case validated once."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from nnunet_spine.dataset_conversion.splits import SplitCase, make_splits

SPIDER = Path(__file__).resolve().parents[2] / "../shared/data/spider_space/overview.csv"


def cohort(*patterns: str) -> list[SplitCase]:
    """A patient for every pattern such as `t1+t2`."""
    return [SplitCase(f"{k}_{s}", str(k), s) for k, pattern in enumerate(patterns) for s in pattern.split("+")]


def spider_like() -> list[SplitCase]:
    return cohort(
        *["t1+t2"] * 125, *["t1+t2+t2_SPACE"] * 28, *["t2"] * 19, *["t1"] * 5, *["t2_SPACE"] * 2
    )  # the training patients of SPIDER


COHORTS = [
    spider_like(),
    cohort(*["t1+t2"] * 5),
    cohort("t1", "t2", "t2_SPACE"),
    cohort("t1", "t1"),
    cohort(*["t1"] * 7),
    cohort("t1+t2+t2_SPACE", *["t2"] * 6),
]


@pytest.mark.parametrize("cases", COHORTS, ids=len)
def test_laws_of_a_split(cases: list[SplitCase]):
    splits = make_splits(cases)
    patient = {case.name: case.patient for case in cases}
    assert len(splits) == min(5, len(set(patient.values())))
    assert sorted(name for fold in splits for name in fold["val"]) == sorted(patient)
    for fold in splits:
        assert fold["val"]
        assert sorted(fold["train"] + fold["val"]) == sorted(patient)
        assert not {patient[name] for name in fold["train"]} & {patient[name] for name in fold["val"]}


def test_every_sequence_is_spread_evenly():
    counts = [Counter(name.split("_", 1)[1] for name in fold["val"]) for fold in make_splits(spider_like())]
    for sequence in ("t1", "t2", "t2_SPACE"):
        spread = [count[sequence] for count in counts]
        assert max(spread) - min(spread) <= 1
    assert max(count.total() for count in counts) - min(count.total() for count in counts) <= 2


def test_the_order_of_the_cases_does_not_matter():
    cases = spider_like()
    assert make_splits(cases) == make_splits(cases[::-1])


def test_patients_are_shuffled():
    first = [fold["val"][0] for fold in make_splits(cohort(*["t1"] * 50))]
    assert first != [f"{k}_t1" for k in range(5)]


@pytest.mark.parametrize("cases", [[], cohort("t1+t2")], ids=["none", "one patient"])
def test_fewer_than_two_patients_cannot_be_split(cases: list[SplitCase]):
    assert make_splits(cases) is None


@pytest.mark.skipif(not SPIDER.is_file(), reason="SPIDER's overview.csv is not here")
def test_balance_on_spiders_own_patients():
    with SPIDER.open(newline="") as file:
        names = [row["new_file_name"] for row in csv.DictReader(file) if row["subset"].strip() == "training"]
    splits = make_splits([SplitCase(name, *name.split("_", 1)) for name in names])
    assert [len(fold["val"]) for fold in splits] == [72] * 5
