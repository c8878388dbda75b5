"""What is preprocessed is never deleted, and what a trainer refuses is known before anything is preprocessed."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from nnunet_spine.finetuning.model import TrainedModel
from nnunet_spine.finetuning.network import find_trainer
from nnunet_spine.finetuning.preparation import Command, Target
from nnunet_spine.finetuning.rehearsal import rehearse
from nnunet_spine.finetuning.remarks import remarks_on_data, remarks_on_fold
from nnunet_spine.plumbing.datasets import find_raw_dataset

from ..nnunet_fixtures import DATASET

CASES = [f"{number}_t1" for number in range(1, 6)]


class KilledError(Exception):
    """What a killed command raises."""


@pytest.fixture
def target(nnunet_folders: Path, tmp_path: Path) -> Target:
    """A data set of which nothing is preprocessed, and that has no split of its own."""
    raw = find_raw_dataset(DATASET)
    copied = shutil.copytree(raw.folder, tmp_path / DATASET, ignore=shutil.ignore_patterns("splits_final.json"))
    plans = json.loads((nnunet_folders / "nnUNet_preprocessed" / DATASET / "nnUNetPlans.json").read_text())
    folder = tmp_path / "preprocessed"
    folder.mkdir()
    (folder / "dataset_fingerprint.json").write_text("{}")
    return Target(replace(raw, folder=copied), folder, plans, "2d", 0, 1)


@pytest.fixture
def trained(target: Target) -> TrainedModel:
    """A model that was trained on the first fold of that data set."""
    plans, description = target.plans, target.raw.description
    return TrainedModel(Path("fold_0/checkpoint_final.pth"), "", "nnUNetTrainer", "2d", plans, description, {})


def put(target: Target, cases: list[str]) -> None:
    """Leave what nnU-Net leaves of these cases."""
    labels = target.folder / "gt_segmentations"
    for folder in (target.data, labels):
        folder.mkdir(exist_ok=True)
    for case in cases:
        (target.data / f"{case}.pkl").touch()
        (labels / f"{case}.nii.gz").touch()


def with_split(target: Target, training: list[str], validation: list[str]) -> Target:
    """The same data set with a split."""
    (target.raw.folder / "splits_final.json").write_text(json.dumps([{"train": training, "val": validation}]))
    return replace(target)


def never(command: Command) -> None:
    raise AssertionError(command)


def test_incomplete_data_that_others_made_is_not_deleted(target: Target):
    put(target, CASES[:4])
    for attempt in (target.check_data, lambda: target.prepare(never)):
        with pytest.raises(ValueError, match=r"none of 5_t1\. .*\n *mv .*nnUNetPlans_2d .*nnUNetPlans_2d\.old\n"):
            attempt()
    assert sorted(file.stem for file in target.data.iterdir()) == CASES[:4]


def test_cases_that_no_split_names_need_not_be_preprocessed(target: Target):
    put(target, CASES[:4])
    split = with_split(target, CASES[:3], CASES[3:4])
    split.check_data()
    split.prepare(never)
    assert split.is_prepared()
    with pytest.raises(ValueError, match="none of 5_t1"):
        replace(split, fold="all").check_data()


def test_a_split_of_cases_that_are_nowhere_is_refused(target: Target):
    with pytest.raises(ValueError, match=r"splits_final\.json of .*: cases that .* has not: 6_t1"):
        with_split(target, CASES, ["6_t1"]).check_data()


def test_preprocessing_that_was_killed_is_repeated_and_finished_data_left_alone(target: Target):
    def killed(command: Command) -> None:
        put(target, CASES[:2])
        raise KilledError

    with pytest.raises(KilledError):
        target.prepare(killed)
    ran = []
    target.check_data()
    target.prepare(lambda command: (ran.append(command[0]), put(target, CASES)))
    assert ran == ["nnUNetv2_preprocess"]
    assert target.is_prepared()
    (target.data / "5_t1.pkl").unlink()
    with pytest.raises(ValueError, match="none of 5_t1"):
        target.prepare(never)


def test_corrected_label_maps_are_told(target: Target, tmp_path: Path):
    put(target, CASES)
    split = with_split(target, CASES[:3], CASES[3:4])
    assert list(remarks_on_data(split, tmp_path / "run")) == []
    for case in CASES:
        os.utime(target.raw.folder / "labelsTr" / f"{case}.nii.gz", (2**32, 2**32))
    (line,) = remarks_on_data(split, target.folder)
    assert "again: 1_t1.nii.gz, 2_t1.nii.gz, 3_t1.nii.gz and 1 more. To begin anew" in line, "5_t1 is not needed"
    assert f"\n    mv {split.data} {split.data}.old\n    mv {target.folder} {target.folder}.old\nand the same" in line
    (split.data / "1_t1.pkl").unlink()
    assert list(remarks_on_data(split, tmp_path / "run")) == [], "all is preprocessed anew, or refused"


def test_more_patients_than_the_split_has_are_refused_before_preprocessing(target: Target):
    trainer = find_trainer("nnUNetTrainerRealSpine_4patients")
    rehearse(trainer, target)
    with pytest.raises(ValueError, match=r"patients: expected 1 to 3, .* got 4$"):
        rehearse(trainer, with_split(target, CASES[:3], CASES[3:]))


def test_without_a_split_the_preprocessed_cases_are_counted(target: Target):
    put(target, [*CASES, "6_t1", "7_t1"])
    rehearse(find_trainer("nnUNetTrainerRealSpine_7patients"), replace(target, fold="all"))


@pytest.mark.parametrize("fold", [1, 4])
def test_a_fold_that_the_split_has_not_is_refused(target: Target, fold: int):
    split = replace(with_split(target, CASES[:4], CASES[4:]), fold=fold)
    with pytest.raises(ValueError, match=f"fold {fold} of {DATASET}: expected 0 to 0, or all"):
        rehearse(find_trainer("nnUNetTrainer"), split)


def renamed(target: Target, names: dict[str, str]) -> Target:
    """The same data set with these cases alone, under other names."""
    for part, ending in (("imagesTr", "_0000.nii.gz"), ("labelsTr", ".nii.gz")):
        folder = target.raw.folder / part
        for name, new in names.items():
            (folder / f"{name}{ending}").rename(target.raw.folder / f"{new}{ending}")
        shutil.rmtree(folder)
        folder.mkdir()
        for new in names.values():
            (target.raw.folder / f"{new}{ending}").rename(folder / f"{new}{ending}")
    return replace(target)


def test_without_a_split_one_is_made_by_patient(target: Target, trained: TrainedModel):
    """Also where nnU-Net has preprocessed the data: it splits by case when it trains."""
    pairs = renamed(target, dict(zip(CASES, ("1_t1", "1_t2", "2_t1", "2_t2", "3_t1"), strict=True)))
    (line,) = remarks_on_fold(trained, pairs)
    assert line == f"{DATASET} has no splits_final.json: 3 folds are made, by patient."
    rehearse(find_trainer("nnUNetTrainer_2patients"), pairs)
    put(pairs, [case.name for case in pairs.raw.cases()])
    assert not pairs.is_prepared()
    pairs.prepare(never)
    assert pairs.is_prepared()
    written = json.loads((pairs.folder / "splits_final.json").read_text())
    assert written == pairs.split == replace(pairs).split
    sides = [[{name[0] for name in fold[side]} for side in ("train", "val")] for fold in written]
    assert len(sides) == 3
    assert not any(train & val for train, val in sides)
    assert list(remarks_on_fold(trained, pairs)) == []


def test_a_split_with_a_patient_on_both_sides_is_told(target: Target, trained: TrainedModel):
    split = with_split(target, ["1_t1", "1_t2", "2_t1"], ["1_pd", "3_t1"])
    (line,) = remarks_on_fold(trained, split)
    assert re.match(rf"{split.split_file}: fold 0 has patients in train and in val \(1\): .* too good", line)
    assert list(remarks_on_fold(trained, replace(split, fold="all"))) == []


def test_the_cases_of_one_patient_are_left_to_nnunet(target: Target, trained: TrainedModel):
    one = renamed(target, dict(zip(CASES, ("1_t1", "1_t2", "1_pd", "1_stir", "1_dixon"), strict=True)))
    (line,) = remarks_on_fold(trained, one)
    assert "is of one patient: nnU-Net splits it by case" in line
    rehearse(find_trainer("nnUNetTrainer"), one)
    put(one, [case.name for case in one.raw.cases()])
    one.prepare(never)
    assert one.is_prepared()
    assert not (one.folder / "splits_final.json").exists()


def test_too_few_cases_of_one_patient_for_folds_are_all_trained_on(target: Target):
    few = renamed(target, {"1_t1": "1_t1", "2_t1": "1_t2"})
    with pytest.raises(ValueError, match="needs 5 cases to split those of one patient, got 2; --fold all"):
        rehearse(find_trainer("nnUNetTrainer"), few)
    rehearse(find_trainer("nnUNetTrainer_1patient"), replace(few, fold="all"))


@pytest.mark.parametrize(("own", "advice"), [("0", "; --fold 0 has those that it was not trained on."), ("all", ".")])
def test_another_fold_of_the_model_s_own_data_is_told(target: Target, trained: TrainedModel, own: str, advice: str):
    split = replace(with_split(target, CASES[:4], CASES[4:]), fold=1)
    (split.folder / "splits_final.json").write_text(json.dumps(split.split * 2))
    split = replace(split)
    model = replace(trained, checkpoint=Path(f"model/fold_{own}/checkpoint_final.pth"))
    (line,) = remarks_on_fold(model, split)
    assert line.startswith(
        f"The model was trained on fold {own} of {DATASET}: it has seen validation patients of fold 1"
    )
    assert line.endswith(f"too good{advice}")
    for other in (
        replace(model, plans={"dataset_name": "Dataset009_Other"}),
        replace(model, checkpoint=Path("m/fold_1/c")),
    ):
        assert list(remarks_on_fold(other, split)) == []


def test_a_trainer_refuses_a_plan_early_and_changes_none(target: Target, nnunet_folders: Path):
    trainer = find_trainer("nnUNetTrainerRealSpineReport")
    plans, results = copy.deepcopy(target.plans), set(nnunet_folders.rglob("*"))
    rehearse(trainer, target)
    assert target.plans == plans
    with pytest.raises(NotImplementedError, match="Report is for 2d"):
        rehearse(trainer, replace(target, configuration="3d_fullres"))
    assert set(nnunet_folders.rglob("*")) == results
    assert not target.data.exists()
