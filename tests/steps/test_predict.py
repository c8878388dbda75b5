"""Predictions of a fold: of which cases, and of which images."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nnunet_spine.evaluation.origin import Origin, origin_of
from nnunet_spine.steps import predict, predictor

from ..nnunet_fixtures import DATASET
from ..nnunet_fixtures import UNTRAINED as TRAINER


@pytest.fixture(autouse=True)
def _forks_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds for the processes of this step would hold for those of all other tests too."""
    monkeypatch.setattr(predict, "end_forks_with_this_process", lambda: None)


@pytest.fixture
def fold(untrained_fold: Path) -> Path:
    return untrained_fold


@pytest.fixture
def words(fold: Path, nnunet_folders: Path, tmp_path: Path) -> list[str]:
    """The command, for images as acquired; predictions go to `out`."""
    raw, preprocessed = (nnunet_folders / name / DATASET for name in ("nnUNet_raw", "nnUNet_preprocessed"))
    out = tmp_path / "out" / DATASET / fold.parent.name / fold.name / "as_acquired"
    return [
        *(str(fold), "--data", str(raw), "--cases", str(tmp_path / "cases"), "--output", str(out), "-device", "cpu"),
        *("--trained-on", str(preprocessed), str(raw)),
    ]


def validation_part(nnunet_folders: Path) -> list[str]:
    splits = json.loads((nnunet_folders / "nnUNet_preprocessed" / DATASET / "splits_final.json").read_text())
    return splits[0]["val"]


def test_unseen_cases_are_predicted(words: list[str], nnunet_folders: Path, tmp_path: Path):
    (case,), out = validation_part(nnunet_folders), Path(words[6])
    out.mkdir(parents=True)
    (out / f"{case}.nii.gz").write_bytes(b"half of it")  # as after an interruption
    predict.main(words)
    for folder in (out, tmp_path / "cases/labels"):
        assert [path.name for path in folder.glob("*.nii.gz")] == [f"{case}.nii.gz"]
    shapes = [nib.load(folder / f"{case}.nii.gz").get_fdata().shape for folder in (out, tmp_path / "cases/labels")]
    assert shapes[0] == shapes[1]
    assert origin_of(out) == Origin(TRAINER, "nnUNetPlans", "2d", DATASET, "0", out.resolve().parents[1], None)


def test_other_images_of_the_cases(words: list[str], nnunet_folders: Path, tmp_path: Path):
    (case,) = validation_part(nnunet_folders)
    for path in (nnunet_folders / "nnUNet_raw" / DATASET / "imagesTr").iterdir():
        image = nib.load(path)
        (tmp_path / "degraded").mkdir(exist_ok=True)
        nib.save(nib.Nifti1Image(image.get_fdata()[::-1], image.affine), tmp_path / "degraded" / path.name)
    predictions = []
    for more in ([], ["--images", str(tmp_path / "degraded")]):
        predict.main([*words, *more])
        predictions.append(nib.load(Path(words[6]) / f"{case}.nii.gz").get_fdata())
    assert not np.array_equal(*predictions)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["-chk", "checkpoint_averaged.pth"], "expected a checkpoint, there is none"),
        (["--images", "EMPTY"], "expected images of 1 cases, there is no"),
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
    assert predictor.Predictor([fold / "checkpoint_final.pth"], "cpu").host.network is not None
