"""Which cases of a raw data set are tested, and where they are laid."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnunet_spine.experiments.graph.listing import digest_of_content
from nnunet_spine.steps import cases, splits
from nnunet_spine.steps.cases import labelled_cases
from nnunet_spine.steps.unseen import TrainedOn, unseen_cases

from .conftest import MakeRaw


def test_training_and_test_part_are_laid_together(make_raw: MakeRaw, tmp_path: Path):
    dataset = make_raw("1_t1 1_t2", "9_t1")
    (dataset.folder / "imagesTs/8_t1_0000.nii.gz").write_text("an image without a label")
    cases.main([str(dataset.folder), str(tmp_path / "out"), "--sequences", "t1"])
    assert sorted(path.name for path in (tmp_path / "out/images").iterdir()) == ["1_t1_0000.nii.gz", "9_t1_0000.nii.gz"]
    assert (tmp_path / "out/labels/9_t1.nii.gz").read_text() == "label of 9_t1"
    assert json.loads((tmp_path / "out/dataset.json").read_text()) == dataset.description


def test_what_was_laid_before_is_gone(make_raw: MakeRaw, tmp_path: Path):
    dataset = make_raw("1_t1 1_t2")
    for sequence in ("t1", "t2"):
        cases.main([str(dataset.folder), str(tmp_path / "out"), "--sequences", sequence])
    assert [path.name for path in (tmp_path / "out/labels").iterdir()] == ["1_t2.nii.gz"]


def test_the_record_of_the_conversion_counts_more_than_names(make_raw: MakeRaw):
    dataset = make_raw("a b_t1", recorded={"a": ("7", "t2")})
    assert [(case.name, case.patient, case.sequence) for case in labelled_cases(dataset)] == [
        ("a", "7", "t2"),
        ("b_t1", "b", "t1"),
    ]


@pytest.mark.parametrize(
    ("training", "test", "sequences", "message"),
    [
        ("1_t1", "", ("t2",), "expected labelled cases of t2, got t1"),
        ("", "", (), "expected labelled cases, got no cases"),
        ("1_t1", "1_t1", (), "cases in imagesTr and in imagesTs: 1_t1"),
    ],
)
def test_what_cannot_be_tested(make_raw: MakeRaw, training: str, test: str, sequences: tuple[str, ...], message: str):
    with pytest.raises(ValueError, match=message):
        labelled_cases(make_raw(training, test), sequences)


def seen_of(folder: Path, raw: Path, fold: str, train: list[str]) -> TrainedOn:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "splits_final.json").write_text(json.dumps([{"train": train, "val": []}]))
    return TrainedOn(folder, raw, fold)


def test_no_series_of_a_patient_who_was_trained_on_is_tested(make_raw: MakeRaw, tmp_path: Path):
    dataset = make_raw("1_t1 1_t2 2_t1 3_t1", "9_t1")
    seen = [
        seen_of(tmp_path / "images", dataset.folder, "0", ["1_t1"]),
        seen_of(tmp_path / "synthetic", tmp_path, "0", ["3_t1_synth000"]),
    ]
    unseen = unseen_cases(labelled_cases(dataset), seen, dataset.folder)
    assert [case.name for case in unseen] == ["2_t1", "9_t1"]


def test_nothing_is_left_to_test_on(make_raw: MakeRaw, tmp_path: Path):
    dataset = make_raw("1_t1 2_t1")
    seen = [seen_of(tmp_path / "pre", dataset.folder, "0", ["1_t1", "2_t1"])]
    with pytest.raises(ValueError, match="nothing to test on, the model was trained on all of its 2 patients"):
        unseen_cases(labelled_cases(dataset), seen, dataset.folder)


@pytest.mark.parametrize("fold", ["1", "all"])
def test_a_fold_that_there_is_not(fold: str, make_raw: MakeRaw, tmp_path: Path):
    dataset = make_raw("1_t1")
    with pytest.raises(ValueError, match=f"expected a fold from 0 to 0, got {fold}"):
        seen_of(tmp_path / "pre", dataset.folder, fold, ["1_t1"]).patients()


def folds(dataset_folder: Path, tmp_path: Path, *more: str) -> list[dict[str, list[str]]]:
    splits.main([str(dataset_folder), str(tmp_path / "pre"), *more])
    return json.loads((tmp_path / "pre/splits_final.json").read_text())


def test_folds_are_by_patient(make_raw: MakeRaw, tmp_path: Path):
    made = folds(make_raw("1_t1 1_t2 2_t1 2_t2 3_t1", "9_t1").folder, tmp_path)
    assert len(made) == 3
    for fold in made:
        assert not {name[0] for name in fold["train"]} & {name[0] for name in fold["val"]}
    assert sorted(name for fold in made for name in fold["val"]) == ["1_t1", "1_t2", "2_t1", "2_t2", "3_t1"]


def test_folds_that_there_are_count(make_raw: MakeRaw, tmp_path: Path):
    dataset = make_raw("1_t1 2_t1")
    of_raw, given = ([{"train": ["1_t1"], "val": ["2_t1"]}] * number for number in (1, 2))
    (dataset.folder / "splits_final.json").write_text(json.dumps(of_raw))
    (tmp_path / "given.json").write_text(json.dumps(given))
    assert folds(dataset.folder, tmp_path) == of_raw
    assert folds(dataset.folder, tmp_path, "--given", str(tmp_path / "given.json")) == given


def test_folds_that_are_gone_or_have_changed_are_refused(make_raw: MakeRaw, tmp_path: Path):
    dataset, given = make_raw("1_t1 2_t1"), tmp_path / "given.json"
    options = ["--given", str(given), "--digest"]
    with pytest.raises(
        ValueError, match=r"given\.json: expected the folds that the experiment began with, there is no"
    ):
        folds(dataset.folder, tmp_path, *options, "0123456789abcdef")
    given.write_text(json.dumps([{"train": ["1_t1"], "val": ["2_t1"]}]))
    digest = digest_of_content(given)
    assert len(folds(dataset.folder, tmp_path, *options, digest)) == 1
    given.write_text("[]")
    with pytest.raises(ValueError, match=r"given\.json: its folds are not those that the experiment began with"):
        folds(dataset.folder, tmp_path, *options, digest)


def test_one_patient_cannot_be_split(make_raw: MakeRaw, tmp_path: Path):
    with pytest.raises(ValueError, match="of two patients or more"):
        folds(make_raw("1_t1 1_t2").folder, tmp_path)
