"""Predictions of a fold: of which cases, under which conditions, and none twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nibabel as nib
import pytest

from nnunet_spine.evaluation.origin import Origin, origin_of
from nnunet_spine.steps import predict, predictor

from ..nnunet_fixtures import DATASET

TRAINER = "nnUNetTrainerReportUNet"


@pytest.fixture(scope="module")
def fold(nnunet_folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a fold whose weights are as they began."""
    import torch

    from nnunet_spine.trainers import resolve

    preprocessed = nnunet_folders / "nnUNet_preprocessed" / DATASET
    plans, description = (
        json.loads((preprocessed / f"{name}.json").read_text()) for name in ("nnUNetPlans", "dataset")
    )
    trainer = resolve(TRAINER)({**plans, "continue_training": False}, "2d", 0, description, torch.device("cpu"))
    folder = tmp_path_factory.mktemp("model") / f"{TRAINER}__nnUNetPlans__2d" / "fold_0"
    folder.mkdir(parents=True)
    trainer.initialize()
    trainer.current_epoch = 0
    trainer.save_checkpoint(str(folder / "checkpoint_final.pth"))
    shutil.copy(preprocessed / "nnUNetPlans.json", folder.parent / "plans.json")
    shutil.copy(preprocessed / "dataset.json", folder.parent)
    return folder


@pytest.fixture
def words(fold: Path, nnunet_folders: Path, tmp_path: Path) -> list[str]:
    """The command, without degraded images; predictions go to `out`."""
    raw, preprocessed = (nnunet_folders / name / DATASET for name in ("nnUNet_raw", "nnUNet_preprocessed"))
    out = tmp_path / "out" / DATASET / fold.parent.name / fold.name
    return [
        *(str(fold), "--data", str(raw), "--cases", str(tmp_path / "cases"), "--output", str(out), "-device", "cpu"),
        *("--trained-on", str(preprocessed), str(raw)),
    ]


def validation_part(nnunet_folders: Path) -> list[str]:
    splits = json.loads((nnunet_folders / "nnUNet_preprocessed" / DATASET / "splits_final.json").read_text())
    return splits[0]["val"]


def test_unseen_cases_are_predicted_under_every_condition_and_once(
    words: list[str], nnunet_folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    raw, cases = nnunet_folders / "nnUNet_raw" / DATASET, validation_part(nnunet_folders)
    shutil.copytree(raw / "imagesTr", tmp_path / "degraded" / "noise_0.5")
    out = Path(words[6])

    predict.main(words)
    assert sorted(path.name for path in out.iterdir()) == ["as_acquired"]
    before = {path: path.stat().st_mtime_ns for path in (out / "as_acquired").iterdir()}

    words += ["--degraded", str(tmp_path / "degraded" / "noise_0.5")]
    predict.main(words)
    assert {path: path.stat().st_mtime_ns for path in (out / "as_acquired").iterdir()} == before
    for name in ("as_acquired", "noise_0.5"):
        assert sorted(path.name for path in (out / name).glob("*.nii.gz")) == [f"{case}.nii.gz" for case in cases]
        assert json.loads((out / name / "whole.json").read_text())["cases"] == cases
    assert sorted(path.name for path in (tmp_path / "cases/labels").iterdir()) == [f"{case}.nii.gz" for case in cases]
    one, same = (nib.load(out / name / f"{cases[0]}.nii.gz") for name in ("as_acquired", "noise_0.5"))
    assert one.shape == nib.load(raw / "labelsTr" / f"{cases[0]}.nii.gz").shape
    assert (one.get_fdata() == same.get_fdata()).all()

    monkeypatch.setattr(predictor, "Predictor", None)  # nothing is left to load a network for
    predict.main(words)


def test_what_is_predicted_tells_its_origin(words: list[str]):
    predict.main(words)
    origin = origin_of(Path(words[6]) / "as_acquired")
    assert origin == Origin(TRAINER, "nnUNetPlans", "2d", DATASET, "0", Path(words[6]).resolve().parent, None)


def test_a_folder_that_is_not_whole_is_predicted_anew(words: list[str]):
    predict.main(words)
    folder = Path(words[6]) / "as_acquired"
    (prediction,) = folder.glob("*.nii.gz")
    prediction.write_bytes(b"half of it")
    (folder / "whole.json").unlink()
    predict.main(words)
    assert nib.load(prediction).shape


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["-chk", "checkpoint_averaged.pth"], "expected a checkpoint, there is none"),
        (["--degraded", "EMPTY"], "expected images of 1 cases, there is no"),
    ],
)
def test_what_cannot_be_predicted(words: list[str], more: list[str], message: str, tmp_path: Path):
    with pytest.raises(ValueError, match=message):
        predict.main([*words, *(str(tmp_path) if word == "EMPTY" else word for word in more)])


def test_images_of_another_kind(words: list[str], nnunet_folders: Path, tmp_path: Path):
    other = tmp_path / DATASET
    shutil.copytree(Path(words[2]), other)
    description = json.loads((other / "dataset.json").read_text())
    (other / "dataset.json").write_text(json.dumps({**description, "file_ending": ".mha"}))
    for path in [*other.glob("*Tr/*.nii.gz")]:
        path.rename(path.with_name(path.name.replace(".nii.gz", ".mha")))
    with pytest.raises(ValueError, match=r"expected images of 1 channel that end in .nii.gz, got 1 channel that end"):
        predict.main([words[0], words[1], str(other), *words[3:]])


def test_plans_that_are_half_written_are_read_again(fold: Path, monkeypatch: pytest.MonkeyPatch):
    plans = fold.parent / "plans.json"
    whole = plans.read_text()
    plans.write_text(whole[:100])
    monkeypatch.setattr(predictor.time, "sleep", lambda seconds: plans.write_text(whole))
    description = json.loads((fold.parent / "dataset.json").read_text())
    assert predictor.Predictor(fold / "checkpoint_final.pth", description, 1, "cpu").host.network is not None
