"""From images to answers: on the grids of the images, kept, replaced only when asked for, never half there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from nnunet_spine.dataset_conversion import prepare_inputs
from nnunet_spine.dataset_conversion.volume import Volume, canonical
from nnunet_spine.steps.predictor import Predictor

from ..nnunet_fixtures import blocks, save
from .conftest import Predict


def answer(path: Path) -> np.ndarray:
    """A label map (R, A, S)."""
    image = nib.load(path)
    return canonical(Volume(np.asanyarray(image.dataobj), image.affine)).data


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_answers_are_nnunets_and_lie_over_the_images(predict: Predict, scans: Path, untrained_fold: Path, tmp_path):
    assert predict(scans) == 0
    inputs = prepare_inputs(scans, tmp_path / "in")
    Predictor([untrained_fold / "checkpoint_final.pth"], "cpu").predict(inputs[0].parent, ["a", "b"], tmp_path / "own")
    for source in scans.iterdir():
        name = f"{source.name.split('.')[0]}.nii.gz"
        image, found = sitk.ReadImage(str(source)), sitk.ReadImage(str(tmp_path / "out" / name))
        assert found.GetSize() == image.GetSize()
        for get in ("GetSpacing", "GetOrigin", "GetDirection"):
            np.testing.assert_allclose(getattr(found, get)(), getattr(image, get)(), atol=1e-4)
        np.testing.assert_array_equal(answer(tmp_path / "out" / name), answer(tmp_path / "own" / name))
    np.testing.assert_array_equal(answer(tmp_path / "out/a.nii.gz"), answer(tmp_path / "out/b.nii.gz"))
    assert len(np.unique(answer(tmp_path / "out/a.nii.gz"))) > 2, "an empty answer would prove nothing"


def test_what_lies_beside_the_answers(predict: Predict, scans: Path, model_file: Path, tmp_path: Path):
    predict(scans, "--preview")
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {
        *("a.nii.gz", "a.png", "b.nii.gz", "b.png", "dataset.json", "predictions.json")
    }
    assert json.loads((out / "dataset.json").read_text())["labels"]["background"] == 0
    record = json.loads((out / "predictions.json").read_text())["b"]
    assert (record["model"], record["mirroring"], record["orientation"]) == ("blocks", True, "PIR")
    assert len(record["model_sha256"]) == 64


def test_a_second_run_keeps_what_is_there(predict: Predict, scans: Path, tmp_path: Path, capsys):
    predict(scans / "a.mha")
    before = times(tmp_path / "out")
    assert predict(scans) == 0
    assert "1 of 2 images have their answers already" in capsys.readouterr().out
    after = times(tmp_path / "out")
    assert after["a.nii.gz"] == before["a.nii.gz"]
    assert "b.nii.gz" in after
    predict(scans)
    assert times(tmp_path / "out") == after


def test_answers_of_something_else_are_replaced_only_if_asked(predict: Predict, scans: Path, tmp_path: Path, capsys):
    out = tmp_path / "out"
    predict(scans / "a.mha")
    corrected = nib.load(out / "a.nii.gz")
    nib.save(nib.Nifti1Image(np.ones(corrected.shape, np.uint8), corrected.affine), out / "a.nii.gz")
    by_hand = (out / "a.nii.gz").read_bytes()
    assert predict(scans) == 2
    assert "a.nii.gz is there already, of another image, model or setting, or changed since" in capsys.readouterr().err
    assert (out / "a.nii.gz").read_bytes() == by_hand
    assert not (out / "b.nii.gz").exists()
    assert predict(scans, "--overwrite") == 0
    assert answer(out / "a.nii.gz").max() > 1
    save(scans / "a.mha", blocks(seed=10)[0], "LPS")
    assert predict(scans) == 2


def test_mirroring_is_a_setting(predict: Predict, scans: Path, tmp_path: Path):
    predict(scans / "a.mha")
    assert predict(scans / "a.mha", "--no-mirroring") == 2
    mirrored = answer(tmp_path / "out/a.nii.gz")
    assert predict(scans / "a.mha", "--disable_tta", "--overwrite") == 0
    assert (answer(tmp_path / "out/a.nii.gz") != mirrored).any()


def test_an_interrupted_run_goes_on(predict: Predict, scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    done, real = [], Predictor.predict

    def once(self: Predictor, images: Path, cases: list[str], output: Path) -> None:
        if done:
            (output / f"{cases[0]}.nii.gz").write_bytes(b"half")
            raise KeyboardInterrupt
        done.extend(cases)
        real(self, images, cases, output)

    monkeypatch.setattr(Predictor, "predict", once)
    assert predict(scans) == 130
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.nii.gz", "dataset.json", "predictions.json"}
    monkeypatch.setattr(Predictor, "predict", lambda self, i, cases, o: done.extend(cases) or real(self, i, cases, o))
    assert predict(scans) == 0
    assert done == ["a", "b"], "each once"


def test_all_problems_come_before_anything_is_predicted(predict: Predict, scans: Path, tmp_path: Path, capsys):
    (scans / "cut.mha").write_bytes((scans / "a.mha").read_bytes()[:-9])
    sitk.WriteImage(sitk.GetImageFromArray(np.full((2, 3, 4), np.nan, np.float32)), str(scans / "nan.mha"))
    sitk.WriteImage(sitk.JoinSeries([sitk.Image(4, 4, 4, sitk.sitkInt16)] * 2), str(scans / "series.nrrd"))
    sitk.WriteImage(sitk.Image(4, 4, 4, sitk.sitkVectorUInt8), str(scans / "colours.nrrd"))
    shutil.copy(scans / "b.nii.gz", tmp_path / "b.nii.gz")
    assert predict(scans, tmp_path / "nowhere.mha", tmp_path / "b.nii.gz") == 2
    report = capsys.readouterr().err
    assert "3 files and folders cannot be prepared: 7 problems" in report
    for line in (
        "nowhere.mha: no such file or folder",
        "b.nii.gz: 2 images would become b_0000.nii.gz: rename them",
        "scans/b.nii.gz: 2 images would become b_0000.nii.gz: rename them",
        "scans/colours.nrrd: expected one channel, got",
        "scans/cut.mha: truncated",
        "scans/nan.mha: 24 voxels are NaN or infinite",
        "scans/series.nrrd: expected three dimensions, got 4",
    ):
        assert f"\n  {tmp_path}/{line}" in report
    assert not (tmp_path / "out").exists()


def test_an_image_that_the_memory_cannot_hold(predict: Predict, scans: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    from nnunet_spine.prediction import memory

    monkeypatch.setattr(memory, "_LOADED", 1e15)
    assert predict(scans) == 2
    assert "a.mha: 8x40x48 voxels take about 1000000 GB of memory" in capsys.readouterr().err


def test_memory_that_ends_in_the_middle(predict: Predict, scans: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    def fail(*args: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")

    monkeypatch.setattr(Predictor, "predict", fail)
    assert predict(scans) == 2
    assert "a: the memory does not suffice for an image of this size" in capsys.readouterr().err


def test_one_image_to_a_file(predict: Predict, scans: Path, tmp_path: Path, capsys):
    file = tmp_path / "new" / "found.nii.gz"
    assert predict(scans / "a.mha", "-o", file, "--preview") == 0
    assert {path.name for path in file.parent.iterdir()} == {"found.nii.gz", "found.png"}
    assert predict(scans / "a.mha", "-o", file) == 2
    assert predict(scans / "a.mha", "-o", file, "--overwrite") == 0
    assert predict(scans, "-o", file) == 2
    assert "expected a folder for the answers of 2 images, got a file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["found.mha", "notes.txt", "notes.txt/out"])
def test_outputs_that_cannot_be(name: str, predict: Predict, scans: Path, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("precious")
    assert predict(scans / "a.mha", "-o", tmp_path / name) == 2
    assert (tmp_path / "notes.txt").read_text() == "precious"


def test_a_folder_of_other_labels_is_left_alone(predict: Predict, scans: Path, tmp_path: Path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/dataset.json").write_text("{}")
    assert predict(scans) == 2
    assert "dataset.json is there already, of other labels or images" in capsys.readouterr().err
    assert (tmp_path / "out/dataset.json").read_text() == "{}"


def test_an_image_in_which_nothing_is_found_is_told(predict: Predict, scans: Path, monkeypatch, capsys):
    def empty(self: Predictor, images: Path, cases: list[str], output: Path) -> None:
        output.mkdir(exist_ok=True)
        nib.save(nib.Nifti1Image(np.zeros((4, 4, 4), np.uint8), np.eye(4)), output / f"{cases[0]}.nii.gz")

    monkeypatch.setattr(Predictor, "predict", empty)
    assert predict(scans / "a.mha") == 0
    assert "warning: a: nothing was found" in capsys.readouterr().out


def test_another_device_than_there_is(predict: Predict, scans: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert predict(scans, "--device", "cuda") == 2
    assert "there is no GPU that PyTorch can use; say --device cpu" in capsys.readouterr().err
