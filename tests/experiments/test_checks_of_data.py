"""What names and tables of the data tell to go wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nnunet_spine.experiments.checks import check_experiment
from nnunet_spine.experiments.reading import read_experiment

from .conftest import raw_dataset

Check = Callable[[str], list[str]]


def test_a_check_writes_nothing(problems_of: Check, raw_names: Path, tmp_path: Path):
    problems_of("")
    before = sorted(tmp_path.rglob("*"))
    assert problems_of("") == []
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ("{real: {spider: nowhere}}", "datasets.real.spider: .*nowhere: no such folder"),
        (
            "{real: {sequences: t3}}",
            "datasets.real.sequences: expected one of t1, t2, t2_SPACE, got 't3'",
        ),
        (
            "{real: {sequences: [t1, t2_SPACE]}}",
            "datasets.real.sequences: no t2_SPACE in .*spider, subset all; there is t1",
        ),
        ("{real: {sequences: t2_SPACE}}", "datasets.real.spider: .* none of its 14 series is in"),
        ("{real: {extra_levels: merge}}", "datasets.real.extra_levels: .* does not number levels"),
        (
            "{synth: {synthesis: {preset: spin}}}",
            "datasets.synth.synthesis: preset: expected one of .*; did you mean spine",
        ),
        ("{more: {raw: 8}}", "datasets.more.raw: data set 8: not in .*raw; there is Dataset007_Pairs"),
        ("{more: {raw: ./raw}}", "datasets.more.raw: .*raw: expected an nnU-Net raw data set, found no dataset.json"),
        (
            "{more: {raw: 7}, synth: {synthetic_of: more}}",
            "datasets.synth.synthetic_of: expected data of 1 channel, more",
        ),
    ],
)
def test_data_sets_that_cannot_be_made(changes: str, expected: str, problems_of: Check, raw_names: Path):
    (problem,) = problems_of(f"datasets: {changes}")
    assert re.match(expected, problem)


def test_problems_of_a_spider_folder_are_listed_as_far_as_one_can_read_them(problems_of: Check, spider_names: Path):
    for mask in (spider_names / "masks").iterdir():
        mask.unlink()
    (problem,) = problems_of("")
    assert problem.startswith("datasets.real.spider: images/1_t1.mha: the series has no mask, ")
    assert " and 9 more; nnunet-spine convert " in problem


def test_problems_of_a_folder_are_all_that_is_said_of_it(problems_of: Check, spider_names: Path):
    (spider_names / "overview.csv").unlink()
    (problem,) = problems_of("")
    assert problem.startswith("datasets.real.spider: overview.csv")


def test_problems_begin_with_the_file(experiment_file: Callable[..., Path]):
    file = experiment_file()
    with pytest.raises(ValueError, match=rf"^{re.escape(str(file))}: experiment small: \d+ problem"):
        check_experiment(read_experiment(file), file)


def test_a_raw_data_set_is_found_by_id_name_or_folder(problems_of: Check, raw_names: Path):
    assert problems_of("datasets: {a: {raw: 7}, b: {raw: Dataset007_Pairs}, c: {raw: ./raw/Dataset007_Pairs}}") == []


def test_a_raw_data_set_has_another_id_than_one_that_is_made(problems_of: Check, raw_names: Path):
    found = problems_of("datasets: {synth: {id: 7}, more: {raw: 7}}")
    assert found == ["datasets.more.raw: expected an id of its own, 7 is that of synth"]


def test_raw_data_sets_of_one_id_in_two_folders_are_refused(problems_of: Check, raw_names: Path, tmp_path: Path):
    raw_dataset(tmp_path / "elsewhere" / "Dataset007_Other", ["1_t1", "2_t1"])
    found = problems_of("datasets: {more: {raw: 7}, other: {raw: ./elsewhere/Dataset007_Other}}")
    assert found == ["datasets.other.raw: expected an id of its own, 7 is that of more"]


def test_a_raw_data_set_that_lacks_files_is_told_from_its_key(problems_of: Check, raw_names: Path):
    (raw_names / "labelsTr" / "3_t1.nii.gz").unlink()
    (problem,) = problems_of("datasets: {more: {raw: 7}}")
    assert re.match(r"datasets\.more\.raw: .*files of training cases are missing: .*3_t1", problem)


def test_two_raw_data_sets_of_one_id_are_refused_as_nnunet_does(problems_of: Check, raw_names: Path):
    (raw_names.parent / "Dataset007_Other").mkdir()
    (problem,) = problems_of("datasets: {more: {raw: Dataset007_Pairs}}")
    assert "nnU-Net refuses two data sets of one id: Dataset007_Other, Dataset007_Pairs" in problem


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ("folds: [0, 5]", "folds: expected 0 to 4, which real has, got 5"),
        (
            "arms: {real: {patients: [2, 6]}}",
            "arms.real.patients: expected 4 patients at most, which fold 0 of real is",
        ),
        (
            "arms: {real: {trainer: nnUNetTrainer_6patients}}",
            "arms.real.trainer: expected 4 patients at most, which fold",
        ),
        ("datasets: {real: {subset: validation}}", "datasets.real: expected training cases of 2 patients or more"),
    ],
)
def test_folds_and_patients_that_there_are_not(changes: str, expected: str, problems_of: Check):
    assert any(line.startswith(expected) for line in problems_of(changes)), problems_of(changes)


def test_the_smallest_of_the_asked_folds_counts(problems_of: Check):
    assert problems_of("folds: [1]\narms: {real: {patients: 5}}") == []


def test_splits_that_lie_where_nnunet_has_them_count(problems_of: Check, raw_names: Path, tmp_path: Path):
    changes = "datasets: {more: {raw: 7}}\ntests: {more: {dataset: more}}\n"
    changes += "arms: {real: {dataset: more, tests: more}, synthetic: {tests: held_out}, tuned: {tests: held_out}}"
    folder = tmp_path / "preprocessed" / raw_names.name
    folder.mkdir()
    file = folder / "splits_final.json"
    file.write_text(json.dumps([{"train": ["1_t1"], "val": ["2_t1"]}]), encoding="utf-8")
    assert problems_of(changes) == ["folds: expected 0 to 0, which more has, got 1"]
    file.write_text(json.dumps([{"train": ["9_t1"], "val": []}] * 2), encoding="utf-8")
    (problem,) = problems_of(changes)
    assert problem.startswith(f"datasets.more.raw: {file}: names cases that {raw_names} has not: 9_t1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            "sequences: [t1, t2_SPACE]",
            "tests.held_out.sequences: none of real is of it, expected one of t1, t2, got 't2_SP",
        ),
        ("gradings: .", "tests.held_out.gradings: expected SPIDER's radiological_gradings.csv, there is no file /"),
        ("gradings: none.csv", "tests.held_out.gradings: expected SPIDER's radiological_gradings.csv, there is no "),
        ("gradings: spider/overview.csv", "tests.held_out.gradings: .*no column 'Patient'"),
    ],
)
def test_tests_that_cannot_be_made(changes: str, expected: str, problems_of: Check):
    (problem,) = problems_of(f"tests: {{held_out: {{{changes}}}}}")
    assert re.match(expected, problem)


@pytest.mark.parametrize("scheme", ["14class", "report-erroneous"])
def test_a_test_of_another_scheme_is_refused(scheme: str, problems_of: Check):
    changes = (
        f"datasets: {{levels: {{id: 503, spider: spider, scheme: {scheme}}}}}\ntests: {{levels: {{dataset: levels}}}}"
    )
    found = problems_of(changes)
    assert [line.partition(":")[0] for line in found] == [f"arms.{arm}.tests" for arm in ("real", "synthetic", "tuned")]
    assert "expected tests with the classes of real, levels has those of levels" in found[0]
    chosen = "arms: {real: {tests: held_out}, synthetic: {tests: held_out}, tuned: {tests: held_out}}"
    assert problems_of(f"{changes}\n{chosen}") == []


def test_two_schemes_that_call_different_things_by_one_name_are_two(problems_of: Check):
    folder = "spider: spider, scheme"
    changes = f"datasets: {{a: {{id: 503, {folder}: 14class}}, b: {{id: 504, {folder}: report-erroneous}}}}"
    arms = "{real: {dataset: a, tests: levels}, synthetic: {tests: held_out}, tuned: {tests: held_out}}"
    (problem,) = problems_of(f"{changes}\narms: {arms}\ntests: {{levels: {{dataset: b}}}}")
    assert problem.startswith("arms.real.tests: expected tests with the classes of a, levels has those of b")


def test_tests_that_a_model_cannot_read_are_refused(problems_of: Check, raw_names: Path, tmp_path: Path):
    """Before anything is trained."""
    raw_dataset(raw_names.parent / "Dataset008_Other", ["8_t1", "9_t1"])
    description = raw_names.parent / "Dataset008_Other" / "dataset.json"
    changes = "datasets: {{more: {{raw: {}}}}}\ntests: {{more: {{dataset: more{}}}}}"
    assert problems_of(changes.format(8, "")) == []
    two = "as real has; more has images of 2 channels that end in .nii.gz: name its tests"
    expected = "expected tests with images of 1 channel that end in .nii.gz"
    found = [problem for problem in problems_of(changes.format(7, "")) if expected in problem]
    assert found == [f"arms.{arm}.tests: {expected}, {two}" for arm in ("real", "synthetic", "tuned")]
    description.write_text(description.read_text().replace(".nii.gz", ".nrrd"))
    for file in [*description.parent.rglob("*.nii.gz")]:
        file.rename(file.with_name(file.name.replace(".nii.gz", ".nrrd")))
    found = problems_of(changes.format(8, ", conditions: {noise: [0.1]}"))
    found.remove("tests.more.conditions: expected none: only .nii.gz is degraded, more has .nrrd")
    assert all("more has images of 1 channel that end in .nrrd" in line for line in found)
    assert len(found) == 3


def test_what_is_carried_over_has_to_fit(problems_of: Check, raw_names: Path):
    changes = "datasets: {more: {raw: 7}, levels: {id: 503, spider: spider, scheme: 14class}}"
    found = problems_of(f"{changes}\narms: {{tuned: {{dataset: more}}}}")
    assert "arms.tuned.dataset: expected as many channels as real has, 1, got 2" in found
    found = problems_of(f"{changes}\narms: {{tuned: {{dataset: levels}}}}")
    for field in ("average", "patients"):
        assert f"arms.tuned.{field}: expected the classes of real, levels has others" in found
