"""Everything that is wrong with folders is told at once, before anything is computed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from nnunet_spine.dataset_conversion.problems import InvalidInputError
from nnunet_spine.evaluation.survey import Folders, survey

from .conftest import LABELS, SHAPE, Study, label_map, save


def problems_of(study: Study, **options: object) -> list[str]:
    with pytest.raises(InvalidInputError) as refused:
        study.evaluate(**options)
    assert not study.output.exists()
    assert not list(study.root.glob(".*"))
    return [str(problem) for problem in refused.value.problems]


def test_all_problems_are_told_at_once(study: Study):
    for number in range(2, 9):
        study.add(f"{number}_t1")
    (study.prediction / "2_t1.nii.gz").unlink()
    (study.reference / "3_t1.nii.gz").unlink()
    save(study.prediction / "4_t1.nii.gz", label_map()[:, :, 1:])
    save(study.prediction / "5_t1.nii.gz", label_map(), np.diag([4.0, 1.0, 1.1, 1.0]))
    save(study.prediction / "6_t1.nii.gz", np.full(SHAPE, 7, np.uint8))
    save(study.reference / "7_t1.nii.gz", np.full(SHAPE, np.nan, np.float32))
    whole = (study.prediction / "8_t1.nii.gz").read_bytes()
    (study.prediction / "8_t1.nii.gz").write_bytes(whole[:-20])
    (study.prediction / "1_t1.nii.gz").write_bytes(b"nonsense")
    save(study.prediction / "9_t1.nii", label_map())
    study.output = study.root / "absent" / "results.jsonl"
    told = "\n".join(problems_of(study))
    for expected in (
        "--output: ",
        "prediction: no 2_t1.nii.gz; --chill leaves references without prediction out",
        "reference: no 3_t1.nii.gz, of which there are predictions",
        "prediction: expected images that end in .nii.gz, got 9_t1.nii",
        "prediction 4_t1.nii.gz: size 4x20x29 does not fit the reference's 4x20x30",
        "prediction 5_t1.nii.gz: does not lie where the reference lies",
        "prediction 6_t1.nii.gz: expected the labels of dataset.json (0, 1, 2, 3), got 7",
        "reference 7_t1.nii.gz: expected the labels of dataset.json (0, 1, 2, 3), got nan",
        "prediction 8_t1.nii.gz: truncated or damaged",
        "prediction 1_t1.nii.gz: cannot be read",
    ):
        assert expected in told
    assert told.count("\n") == 9


def test_long_lists_are_cut(study: Study):
    for number in range(20, 28):
        study.add(f"{number}_t1")
        (study.prediction / f"{number}_t1.nii.gz").unlink()
    (told,) = problems_of(study)
    assert "no 20_t1.nii.gz, 21_t1.nii.gz, 22_t1.nii.gz, 23_t1.nii.gz, 24_t1.nii.gz and 3 more; --chill" in told


def test_chill_leaves_references_without_prediction_out_and_counts_them(study: Study):
    (study.prediction / "1_t2.nii.gz").unlink()
    results = study.evaluate(chill=True)
    assert results.run.left_out == 1
    assert [case.case for case in results.cases] == ["1_t1", "10_t1"]


def test_chill_does_not_leave_predictions_out(study: Study):
    (study.reference / "1_t2.nii.gz").unlink()
    assert "of which there are predictions" in problems_of(study, chill=True)[0]


@pytest.mark.parametrize("chill", [False, True])
def test_empty_folders_are_refused(chill: bool, study: Study):
    for path in [*study.reference.iterdir(), *study.prediction.glob("*.nii.gz")]:
        path.unlink()
    told = problems_of(study, chill=chill)
    assert [one.split(":")[0] for one in told] == ["prediction", "reference"]
    assert all("expected files CASE.nii.gz, found none" in one for one in told)


def test_an_empty_folder_is_told_before_the_dataset_json_that_nobody_has(study: Study):
    for path in study.prediction.iterdir():
        path.unlink()
    empty, labels = problems_of(study)
    assert empty == f"--prediction: {study.prediction}: expected label maps, found none"
    assert labels.startswith("labels: no dataset.json")


def test_predictions_of_other_cases_alone_are_refused_even_if_chill(study: Study):
    for path in study.prediction.glob("*.nii.gz"):
        path.rename(path.with_name(f"other_{path.name}"))
    assert problems_of(study, chill=True)


@pytest.mark.parametrize("absent", ["reference", "prediction", "images"])
def test_absent_folders_are_refused(absent: str, study: Study):
    setattr(study, absent, study.root / "nowhere")
    told = problems_of(study, images=True)
    assert any(one.startswith(f"--{absent}: ") and "expected a folder that is there" in one for one in told)


def test_references_are_no_predictions(study: Study):
    link = study.root / "link"
    link.symlink_to(study.prediction)
    study.reference = link
    assert "expected another folder than that of --reference" in problems_of(study)[0]


def test_missing_images_are_refused_where_they_were_asked_for(study: Study):
    (study.images / "1_t2_0000.nii.gz").unlink()
    assert problems_of(study, images=True) == ["image: no 1_t2_0000.nii.gz"]
    assert study.evaluate().run.images is None


def test_images_of_another_grid_or_without_numbers_are_refused(study: Study):
    save(study.images / "1_t1_0000.nii.gz", np.zeros((4, 4, 4), np.float32))
    save(study.images / "1_t2_0000.nii.gz", np.full(SHAPE, np.inf, np.float32))
    first, second = problems_of(study, images=True)
    assert first.startswith("image 1_t1_0000.nii.gz: size 4x4x4 does not fit the reference's")
    assert second.startswith("image 1_t2_0000.nii.gz: expected finite intensities")


def test_the_ignore_label_is_for_references_alone(tmp_path: Path):
    study = Study(tmp_path / "study", {**LABELS, "ignore": 4})
    reference = label_map()
    reference[0] = 4
    study.add("1_t1", reference=reference, prediction=label_map())
    assert study.evaluate().cases[0].structures[0].dice == 1
    study.output.unlink()
    study.add("1_t1", reference=label_map(), prediction=reference)
    (told,) = problems_of(study)
    assert told.startswith("prediction 1_t1.nii.gz: holds the ignore label (4)")
    reference[0] = 9
    study.add("1_t1", reference=label_map(), prediction=reference)
    assert problems_of(study) == ["prediction 1_t1.nii.gz: expected the labels of dataset.json (0, 1, 2, 3), got 9"]


def test_label_maps_of_whole_floats_are_taken(study: Study):
    save(study.prediction / "1_t1.nii.gz", label_map(1).astype(np.float64))
    assert study.evaluate().cases[0].structures == study.evaluate().cases[1].structures


def test_other_files_of_nnunet_are_no_predictions(study: Study):
    for name in ("summary.json", "plans.json", "postprocessing.pkl", "1_t1.npz", "1_t1.pkl", ".hidden.nii.gz"):
        (study.prediction / name).write_bytes(b"")
    (study.prediction / "plots").mkdir()
    assert len(study.evaluate().cases) == 3


class TestDatasetJson:
    def test_the_model_s_folder_is_two_above_its_validation(self, study: Study):
        model = study.root / "model"
        (model / "fold_0").mkdir(parents=True)
        study.prediction = study.prediction.rename(model / "fold_0" / "validation")
        (study.prediction / "dataset.json").rename(model / "dataset.json")
        assert len(study.evaluate().cases) == 3

    def test_the_raw_data_set_of_the_references_has_one(self, study: Study):
        (study.prediction / "dataset.json").rename(study.reference.parent / "dataset.json")
        assert len(study.evaluate().cases) == 3

    def test_none_is_refused(self, study: Study):
        (study.prediction / "dataset.json").unlink()
        assert "no dataset.json in the folder of the predictions" in problems_of(study)[0]

    def test_different_labels_of_both_sides_are_refused_unless_one_is_chosen(self, study: Study):
        study.describe(study.reference, {"background": 0, "discs": 1, "canal": 2, "vertebrae": 3})
        assert "predictions and references have different labels" in problems_of(study)[0]
        found = survey(Folders(study.reference, study.prediction, dataset_json=study.reference / "dataset.json"))
        assert not found.problems
        assert found.labels["discs"] == 1

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("{", "expected JSON"),
            ("[]", "lacks channel_names, labels, file_ending"),
            (json.dumps({"labels": LABELS, "channel_names": {"0": "MRI"}}), "lacks file_ending"),
        ],
    )
    def test_a_broken_one_is_refused(self, content: str, message: str, study: Study):
        (study.prediction / "dataset.json").write_text(content)
        (told,) = problems_of(study)
        assert "dataset.json" in told
        assert message in told

    def test_files_that_cannot_be_read_are_refused(self, study: Study):
        study.describe(study.prediction, LABELS, ending=".png")
        assert "file_ending: expected one of .mha, .nrrd, .nii.gz, .nii, got '.png'" in problems_of(study)[0]

    def test_labels_without_foreground_are_refused(self, study: Study):
        study.describe(study.prediction, {"background": 0})
        assert "labels: expected at least one" in problems_of(study)[0]


class TestValidationOfAFold:
    @pytest.fixture
    def fold(self, study: Study) -> Study:
        """The predictions are those of fold 1, whose validation part is one of three cases."""
        folder = study.root / "Dataset001_X" / "nnUNetTrainer__nnUNetPlans__2d" / "fold_1" / "validation"
        folder.parent.mkdir(parents=True)
        study.prediction = study.prediction.rename(folder)
        for case in ("1_t1", "1_t2"):
            (study.prediction / f"{case}.nii.gz").unlink()
        self.split(study, ["10_t1"])
        return study

    def split(self, study: Study, part: list[str]) -> None:
        splits = [{"train": [], "val": []}, {"train": [], "val": part}]
        (study.reference.parent / "splits_final.json").write_text(json.dumps(splits))

    def test_its_cases_are_expected(self, fold: Study):
        results = fold.evaluate()
        assert [case.case for case in results.cases] == ["10_t1"]
        assert results.run.left_out == 0

    def test_a_missing_one_is_missed(self, fold: Study):
        self.split(fold, ["10_t1", "1_t1"])
        assert problems_of(fold)[0].startswith("prediction: no 1_t1.nii.gz")

    @pytest.mark.parametrize("chill", [False, True])
    def test_a_case_of_the_training_part_is_refused(self, chill: bool, fold: Study):
        fold.add("1_t1")
        (told,) = problems_of(fold, chill=chill)
        assert told == "prediction: 1_t1.nii.gz: not in the validation part of fold 1 (splits_final.json)"

    @pytest.mark.parametrize("chill", [False, True])
    def test_a_reference_that_the_split_names_is_missed(self, chill: bool, fold: Study):
        self.split(fold, ["10_t1", "gone"])
        told = problems_of(fold, chill=chill)
        assert "reference: no gone.nii.gz, of the validation part of fold 1 (splits_final.json)" in told

    @pytest.mark.parametrize("splits", [None, "[]", "nonsense"])
    def test_without_its_split_it_is_told_where_that_is(self, splits: str | None, fold: Study):
        file = fold.reference.parent / "splits_final.json"
        file.unlink() if splits is None else file.write_text(splits)
        (told,) = problems_of(fold)
        assert told.startswith("prediction: no 1_t1.nii.gz, 1_t2.nii.gz; give as references gt_segmentations")


def test_a_damaged_end_of_a_file_is_noticed(study: Study):
    path = study.prediction / "1_t1.nii.gz"
    data = bytearray(gzip.decompress(path.read_bytes()))
    packed = bytearray(gzip.compress(bytes(data)))
    packed[-5] ^= 0xFF  # the checksum
    path.write_bytes(bytes(packed))
    with pytest.raises(InvalidInputError, match=r"prediction 1_t1\.nii\.gz: truncated or damaged"):
        study.evaluate()
