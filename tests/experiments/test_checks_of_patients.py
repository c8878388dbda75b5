"""Whom models are tested on: patients that they have not seen, each image once, and nobody by mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nnunet_spine.experiments.checks import unseen_patients
from nnunet_spine.experiments.reading import read_experiment

from .conftest import CHECKED, raw_dataset

Check = Callable[[str], list[str]]

T1 = [f"{patient}_t1" for patient in range(1, 7)]
T2 = [f"{patient}_t2" for patient in range(1, 7)]

SPACE_AND_T1 = """\
datasets: {real: null, synth: null, space: {raw: 701}, t1: {raw: 702}}
arms: {real: {dataset: space}, synthetic: null, tuned: null}
tests: {held_out: {dataset: t1}}
"""
"""The same six names in two raw data sets: one is trained on, one tested."""


def test_whose_patients_are_tested_has_to_be_said(problems_of: Check, raw_names: Path):
    raw_dataset(raw_names.parent / "Dataset701_Space", T2)
    raw_dataset(raw_names.parent / "Dataset702_T1", T1)
    (problem,) = problems_of(SPACE_AND_T1)
    assert problem.startswith("datasets.t1.same_patients_as: expected space or nobody, it is missing: test held_out ")
    assert "which real is trained on (1, 2, 3, 4, 5 and 1 more)" in problem
    for key, word in (("t1", "space"), ("t1", "nobody"), ("space", "t1"), ("space", "nobody")):
        said = SPACE_AND_T1.replace(f"{key}: {{", f"{key}: {{same_patients_as: {word}, ")
        assert problems_of(said) == [], said


def test_other_names_are_others(problems_of: Check, raw_names: Path):
    raw_dataset(raw_names.parent / "Dataset701_Space", T2)
    raw_dataset(raw_names.parent / "Dataset702_T1", ["a_t1", "b_t1"])
    assert problems_of(SPACE_AND_T1) == []


def test_numbers_in_two_folders_of_spiders_layout_are_no_patients_in_common(problems_of: Check, spider_names: Path):
    changes = "datasets: {clinic: {id: 503, spider: clinic%s}}\ntests: {held_out: {dataset: clinic}}"
    spider_names.with_name("clinic").symlink_to(spider_names)
    assert problems_of(changes % "") == []
    spider_names.with_name("clinic").unlink()
    spider_names.with_name("clinic").mkdir()
    for entry in spider_names.iterdir():
        (spider_names.with_name("clinic") / entry.name).symlink_to(entry)
    (problem,) = problems_of(changes % "")
    assert problem.startswith("datasets.clinic.same_patients_as: expected real or nobody, it is missing")
    assert problems_of(changes % ", same_patients_as: nobody") == []
    assert problems_of(changes % ", same_patients_as: synth") == []


def test_what_an_arm_was_trained_on_before_counts_too(problems_of: Check, raw_names: Path):
    raw_dataset(raw_names.parent / "Dataset701_Others", [f"{name}_t1" for name in "abcdef"])
    raw_dataset(raw_names.parent / "Dataset702_T1", T1)
    changes = "datasets: {others: {raw: 701}, t1: {raw: 702}}\ntests: {held_out: {dataset: t1}}\n"
    changes += "arms: {real: null, synthetic: {dataset: %s}, tuned: {dataset: others}}"
    assert problems_of(changes % "others") == []
    (problem,) = problems_of(changes % "real")
    assert problem.startswith("datasets.t1.same_patients_as: expected real or nobody, it is missing")


@pytest.mark.parametrize(
    ("tests", "shared"),
    [
        ("{all: {dataset: real}}", "1_t1, 1_t2, 2_t1, 2_t2, 3_t1 and 9 more"),
        ("{t2: {dataset: real, sequences: t2}}", "1_t2, 2_t2"),
        ("{more: {dataset: real, slices: [complete, all]}}", "1_t1"),
        ("{more: {dataset: real, conditions: {noise: 0.1}}}", "1_t1"),
        ("{complete: {dataset: real, slices: complete}}", None),
        ("{synthetic: {dataset: synth}}", None),
        ("{held_out: {sequences: t1}, t2: {dataset: real, sequences: t2}}", None),
    ],
)
def test_an_arm_has_every_case_in_one_test(tests: str, shared: str | None, problems_of: Check):
    found = problems_of(f"tests: {tests}")
    assert len(found) == (0 if shared is None else 3)
    for arm, problem in zip(("real", "synthetic", "tuned"), found, strict=False):
        assert problem.startswith(f"arms.{arm}.tests: expected tests without a case in common, held_out and ")
        assert f"have {shared}" in problem


def test_tests_that_share_cases_may_be_of_two_arms(problems_of: Check):
    arms = "arms: {real: {tests: held_out}, synthetic: {tests: all}, tuned: {tests: held_out}}"
    assert problems_of(f"tests: {{all: {{dataset: real}}}}\n{arms}") == []


def test_a_fold_that_saw_all_patients_of_a_test_has_nothing_to_be_tested_on(problems_of: Check, spider_names: Path):
    changes = "datasets: {few: {id: 503, spider: spider, sequences: t2_SPACE, subset: training}}\n"
    changes += "tests: {held_out: null, few: {dataset: few}}\nfolds: [0, 1, 2, 3, 4]"
    for folder in ("images", "masks"):
        (spider_names / folder / "1_t2_SPACE.mha").touch()
    with (spider_names / "overview.csv").open("a") as table:
        table.write("1_t2_SPACE,training\r\n")
    found = problems_of(changes)
    expected = "arms.real.tests: nothing to test on, few has no patient whom fold "
    assert len(found) == 3  # an arm each
    assert found[0].startswith(expected)
    # Patient 1 is unseen in one fold.
    assert found[0].removeprefix(expected).count(",") == 3


@pytest.mark.parametrize("trained", [True, False])
def test_folds_by_case_are_refused_where_they_are_trained_on(trained: bool, problems_of: Check, raw_names: Path):
    folder = raw_dataset(raw_names.parent / "Dataset701_Both", T1 + T2)
    (folder / "splits_final.json").write_text(json.dumps([{"train": [*T1, *T2[:5]], "val": T2[5:]}] * 2))
    changes = "datasets: {both: {raw: 701, same_patients_as: real}}\n"
    changes += "arms: {real: {dataset: both}}" if trained else "folds: 1"
    expected = "datasets.both: expected a splits_final.json by patient, fold 0 has some on both sides: 6; without"
    assert [line.startswith(expected) for line in problems_of(changes)] == [True] * trained


def test_numbers_of_unseen_patients(experiment_file: Callable[..., Path], spider_names: Path):
    text = CHECKED + "  validation: {dataset: validation}\n"
    text = text.replace("plans:", "  validation: {id: 503, spider: spider, subset: validation}\nplans:")
    numbers = unseen_patients(
        read_experiment(experiment_file(text.replace("real: {id: 501,", "real: {id: 501, subset: training,")))
    )
    assert list(numbers) == [
        (arm, test) for arm in ("real", "synthetic", "tuned") for test in ("held_out", "validation")
    ]
    # Six patients in five folds.
    assert numbers["tuned", "held_out"] == {0: 2, 1: 1}
    assert numbers["tuned", "validation"] == {0: 1, 1: 1}
