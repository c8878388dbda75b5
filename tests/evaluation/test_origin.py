"""What folders tell of the arm, and what the user says instead."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from nnunet_spine.evaluation.arm import ArmOptions
from nnunet_spine.evaluation.origin import Origin, fold_of, origin_of, real_patients_of
from nnunet_spine.evaluation.versions import versions

from .conftest import Study

MODEL = "nnUNetTrainerRealSpine_5patients__nnUNetPlansCoarse__3d_fullres"
PARTS = {"trainer": "nnUNetTrainerRealSpine_5patients", "plans": "nnUNetPlansCoarse", "configuration": "3d_fullres"}


@pytest.mark.parametrize(
    ("inside", "fold"),
    [
        ("fold_0/validation", "0"),
        ("fold_all/validation", "all"),
        ("fold_12", "12"),
        ("crossval_results_folds_0_1_2", "0,1,2"),
        ("crossval_results_folds_0_1/postprocessed", "0,1"),
        ("mine", None),
    ],
)
def test_folders_in_a_model_tell_everything(inside: str, fold: str | None, tmp_path: Path):
    model = tmp_path / "Dataset007_Spine" / MODEL
    (model / inside).mkdir(parents=True)
    assert origin_of(model / inside) == Origin(**PARTS, dataset="Dataset007_Spine", fold=fold, model=model)


def test_a_model_elsewhere_is_known_by_its_plans(tmp_path: Path):
    folder = tmp_path / MODEL / "fold_0" / "validation"
    folder.mkdir(parents=True)
    assert origin_of(folder) == Origin()
    (tmp_path / MODEL / "plans.json").write_text(json.dumps({"plans_name": "nnUNetPlansCoarse", "dataset_name": "D"}))
    assert origin_of(folder) == Origin(**PARTS, fold="0", model=tmp_path / MODEL)


@pytest.mark.parametrize("inside", [".", "postprocessed"])
def test_predictions_in_a_folder_with_the_name_of_a_model_are_of_their_own_plans(inside: str, tmp_path: Path):
    folder = tmp_path / "synth__t2__fold0"
    (folder / inside).mkdir(parents=True)
    plans = json.dumps({"plans_name": "nnUNetPlans", "dataset_name": "Dataset007_Spine"})
    (folder / "plans.json").write_text(plans)
    (folder / inside / "plans.json").write_text(plans)
    assert origin_of(folder / inside) == Origin(plans="nnUNetPlans", dataset="Dataset007_Spine")


def test_ids_of_four_digits_are_ids(tmp_path: Path):
    folder = tmp_path / "Dataset1234_Spine" / MODEL / "fold_0" / "validation"
    folder.mkdir(parents=True)
    assert origin_of(folder).dataset == "Dataset1234_Spine"


def test_links_and_detours_tell_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "Dataset007_Spine" / MODEL / "fold_0" / "validation"
    folder.mkdir(parents=True)
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder.parent)
    assert origin_of(tmp_path / "link") == origin_of(Path("../fold_0/validation")) == origin_of(folder)


def test_an_ensemble_is_no_model(tmp_path: Path):
    folder = tmp_path / "Dataset007_Spine" / f"ensemble___{MODEL}___{MODEL}___0_1"
    folder.mkdir(parents=True)
    assert origin_of(folder) == Origin()


def test_plans_beside_predictions_tell_data_set_and_plans(tmp_path: Path):
    (tmp_path / "plans.json").write_text(json.dumps({"plans_name": "P", "dataset_name": "Dataset007_Spine"}))
    assert origin_of(tmp_path) == Origin(plans="P", dataset="Dataset007_Spine")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"plans_name": "P"}'])
def test_plans_that_say_nothing_are_nothing(text: str, tmp_path: Path):
    (tmp_path / "plans.json").write_text(text)
    assert origin_of(tmp_path) == Origin()


@pytest.mark.parametrize("source", [["a_0000.nii.gz"], None])
def test_images_that_are_not_in_a_folder_are_not_known(source: object, tmp_path: Path):
    (tmp_path / "predict_from_raw_data_args.json").write_text(json.dumps({"list_of_lists_or_source_folder": source}))
    assert origin_of(tmp_path).images is None


@pytest.mark.parametrize(
    ("records", "called"),
    [
        ({"a": {"model": "lumbar4"}, "b": {"model": "lumbar4"}}, "lumbar4"),
        ({"a": {"model": "lumbar4"}, "b": {"model": "lumbar4_synthetic"}}, None),
        ({"a": {"model": 3}}, None),
        ({"a": {}}, None),
        ({}, None),
        ([], None),
    ],
)
def test_answers_of_predict_say_what_their_model_is_called(records: object, called: str | None, tmp_path: Path):
    (tmp_path / "predictions.json").write_text(json.dumps(records))
    assert origin_of(tmp_path) == Origin(called=called)


def test_the_fold_is_known_by_folders_alone():
    assert fold_of(Path("/a/fold_3/validation")) == "3"
    assert fold_of(Path("/fold_3/a/b")) is None


@pytest.mark.parametrize(
    ("trainer", "patients"),
    [
        ("nnUNetTrainerRealSpine_5patients", 5),
        ("nnUNetTrainerRealSpineReportUNetFineTune_1patient_4x20iter", 1),
        ("nnUNetTrainerRealSpine", None),
        ("nnUNetTrainer_20x50iter", None),
        (None, None),
    ],
)
def test_a_trainer_s_name_tells_the_number_of_patients(trainer: str | None, patients: int | None):
    assert real_patients_of(trainer) == patients


def test_a_model_is_named_where_predictions_lie_elsewhere(study: Study, tmp_path: Path):
    fold = tmp_path / "Dataset501_Spine/nnUNetTrainerX__nnUNetPlans__2d/fold_3"
    run = study.evaluate(ArmOptions(model=fold)).run
    assert (run.trainer, run.plans, run.configuration, run.fold) == ("nnUNetTrainerX", "nnUNetPlans", "2d", "3")
    assert (run.dataset, run.model) == ("Dataset501_Spine", str(fold.parent))


@pytest.mark.parametrize("folder", ["fold_3", "Dataset501_Spine/a__b__2d", "Dataset501_Spine/a__b__2d/validation"])
def test_what_is_no_fold_of_a_model_is_refused(folder: str, study: Study, tmp_path: Path):
    with pytest.raises(ValueError, match=rf"{folder}: expected the folder of a fold"):
        study.evaluate(ArmOptions(model=tmp_path / folder))


def test_the_arm_is_the_trainer_s_name_or_the_folder_s(study: Study):
    run = study.evaluate().run
    assert (run.arm, run.trainer, run.real_patients) == ("predicted", None, None)
    assert study.evaluate(ArmOptions(trainer="T_3patients")).run.arm == "T_3patients"
    run = study.evaluate(ArmOptions("ours", "T_3patients", fold="0,1", seed=0, real_patients=0)).run
    assert (run.arm, run.trainer, run.fold, run.seed, run.real_patients) == ("ours", "T_3patients", "0,1", 0, 0)


@pytest.mark.parametrize(
    "changed",
    [
        "nnunet_spine.evaluation.surface",
        "nnunet_spine.labels",
        "nnunet_spine.priors.tissue",
        "nnunet_spine.dataset_conversion.reading",
        "nnunet_spine.dataset_conversion.trim",
        "nnunet_spine.dataset_conversion.volume",
    ],
)
def test_changed_code_is_told_apart(changed: str, monkeypatch: pytest.MonkeyPatch):
    before, read, file = versions(), Path.read_bytes, Path(import_module(changed).__file__)
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path == file))
    assert {name for name, version in versions().items() if version != before[name]} == {"nnunet_spine.evaluation"}


def test_the_record_names_whole_paths_and_versions(study: Study, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(study.root)
    study.reference, study.prediction = Path("raw/labelsTr"), Path("predicted")
    run = study.evaluate(command="nnunet-spine evaluate").run
    assert (run.reference, run.prediction) == (str(study.root / "raw/labelsTr"), str(study.root / "predicted"))
    assert {"nnunet_spine", "nnunet_spine.evaluation", "numpy", "scipy"} <= run.versions.keys()
    assert run.command == "nnunet-spine evaluate"
