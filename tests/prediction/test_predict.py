"""From images to answers: on the grids of the images, kept, replaced only when asked for, never half there."""

from __future__ import annotations

import csv
import json
import re
import shutil
import signal
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
import torch

from nnunet_spine.dataset_conversion import prepare_inputs
from nnunet_spine.dataset_conversion.volume import Volume, canonical
from nnunet_spine.finetuning.checkpoints import read_checkpoint
from nnunet_spine.prediction.images import find_images
from nnunet_spine.prediction.target import target_of
from nnunet_spine.steps.predictor import Predictor

from ..nnunet_fixtures import SPACING_MM, blocks, save
from .conftest import Predict, changed

BESIDE = ("dataset.json", "predictions.json", "volumes.csv")


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
        *("a.nii.gz", "a.png", "b.nii.gz", "b.png", "dataset.json", "predictions.json", "volumes.csv")
    }
    description = json.loads((out / "dataset.json").read_text())
    assert description.keys() == {"labels", "channel_names", "file_ending"}, "nothing of the training images"
    record = json.loads((out / "predictions.json").read_text())["b"]
    assert (record["model"], record["mirroring"], record["orientation"]) == ("blocks", True, "PIR")
    assert len(record["model_sha256"]) == 64
    assert record["written"].keys() == {"b.nii.gz", "b.png"}


def test_volumes_are_those_of_the_answers(predict: Predict, scans: Path, tmp_path: Path):
    predict(scans)
    description = json.loads((tmp_path / "out/dataset.json").read_text())
    with (tmp_path / "out/volumes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row.pop("case") for row in rows] == ["a", "b"]
    found, voxel_ml = answer(tmp_path / "out/a.nii.gz"), np.prod(SPACING_MM) / 1000
    for row in rows:
        for name, volume in row.items():
            assert float(volume) == pytest.approx((found == description["labels"][name]).sum() * voxel_ml, abs=1e-3)
    assert row.keys() == description["labels"].keys() - {"background", "ignore"}


def test_a_case_is_named_before_it_is_begun(predict: Predict, scans: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    said, real = [], Predictor.predict
    monkeypatch.setattr(Predictor, "predict", lambda *args: said.append(capsys.readouterr().out) or real(*args))
    assert predict(scans / "a.mha") == 0
    assert said[0].endswith("[1/1] a: ")


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
    assert predict(scans) == 0
    assert "a.nii.gz is not as recorded, changed by hand or damaged: kept; --overwrite" in capsys.readouterr().out
    assert (out / "a.nii.gz").read_bytes() == by_hand
    assert (out / "b.nii.gz").exists()
    assert predict(scans, "--overwrite") == 0
    assert answer(out / "a.nii.gz").max() > 1
    save(scans / "a.mha", blocks(seed=10)[0], "LPS")
    assert predict(scans) == 2
    assert "of the image before it was changed; --overwrite replaces it" in capsys.readouterr().err
    save(tmp_path / "other/a.mha", blocks(seed=11)[0], "LPS")
    assert predict(tmp_path / "other/a.mha") == 2
    error = capsys.readouterr().err
    assert f"of another image of this name, in {scans}: rename one of them, or give another output" in error
    assert "--overwrite" not in error


def test_a_refusal_names_the_models(predict: Predict, scans: Path, tmp_path: Path, capsys):
    predict(scans / "a.mha")
    records = json.loads((tmp_path / "out/predictions.json").read_text())
    records["a"] |= {"model": "older", "model_sha256": "0123456789abcdef"}
    (tmp_path / "out/predictions.json").write_text(json.dumps(records))
    assert predict(scans / "a.mha") == 2
    assert re.search(r"of model older \(01234567\), not blocks \([0-9a-f]{8}\); --overwrite", capsys.readouterr().err)


def test_two_images_of_one_name_of_which_one_is_answered(predict: Predict, scans: Path, tmp_path: Path, capsys):
    predict(scans / "a.mha")
    save(tmp_path / "other/a.mha", blocks(seed=11)[0], "LPS")
    assert predict(scans / "a.mha", tmp_path / "other/a.mha") == 2
    error = capsys.readouterr().err
    assert "cannot be predicted: 2 problems" in error
    assert error.count("2 images would become a_0000.nii.gz: rename them") == 2


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
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.nii.gz", *BESIDE}
    monkeypatch.setattr(Predictor, "predict", lambda self, i, cases, o: done.extend(cases) or real(self, i, cases, o))
    assert predict(scans) == 0
    assert done == ["a", "b"], "each once"


def test_an_older_answer_is_not_taken_for_the_new_one_after_a_kill(
    predict: Predict, scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    predict(scans / "a.mha")
    found = answer(tmp_path / "out/a.nii.gz")

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("nnunet_spine.prediction.answers.put_in_place", kill)
        assert predict(scans / "a.mha", "--disable_tta", "--overwrite") == 130
    assert not (tmp_path / "out/a.nii.gz").exists(), "the record is of the new answer already"
    assert predict(scans / "a.mha", "--disable_tta") == 0
    assert answer(tmp_path / "out/a.nii.gz").shape == found.shape


def test_all_problems_come_before_anything_is_predicted(predict: Predict, scans: Path, tmp_path: Path, capsys):
    (scans / "cut.mha").write_bytes((scans / "a.mha").read_bytes()[:-9])
    sitk.WriteImage(sitk.GetImageFromArray(np.full((2, 3, 4), np.nan, np.float32)), str(scans / "nan.mha"))
    sitk.WriteImage(sitk.JoinSeries([sitk.Image(4, 4, 4, sitk.sitkInt16)] * 2), str(scans / "series.nrrd"))
    sitk.WriteImage(sitk.Image(4, 4, 4, sitk.sitkVectorUInt8), str(scans / "colours.nrrd"))
    shutil.copy(scans / "b.nii.gz", tmp_path / "b.nii.gz")
    assert predict(scans, tmp_path / "nowhere.mha", tmp_path / "b.nii.gz") == 2
    report = capsys.readouterr().err
    assert "3 files and folders cannot be predicted: 7 problems" in report
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
    monkeypatch.setattr("nnunet_spine.prediction.grid._LOADED", 1e15)
    assert predict(scans) == 2
    text = r"a.mha: 8x40x48 voxels of 4 x 1 x 1 mm, for the network 8x\d+x\d+, take about 1000000 GB of memory"
    assert re.search(text, capsys.readouterr().err)


def test_memory_that_ends_in_the_middle(predict: Predict, scans: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    def fail(*args: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")

    monkeypatch.setattr(Predictor, "predict", fail)
    assert predict(scans) == 2
    assert "a.mha: the memory does not suffice for an image of this size" in capsys.readouterr().err


def test_one_image_to_a_file(predict: Predict, scans: Path, tmp_path: Path, capsys):
    file = tmp_path / "new" / "found.nii.gz"
    assert predict(scans / "a.mha", "-o", file, "--preview") == 0
    before = times(file.parent)
    assert before.keys() == {"found.nii.gz", "found.png", "found.predictions.json"}
    assert predict(scans / "a.mha", "-o", file, "--preview") == 0
    assert times(file.parent) == before, "it is kept"
    assert predict(scans / "b.nii.gz", "-o", file) == 2
    assert "found.nii.gz is there already, of another image, model or setting; --overwrite" in capsys.readouterr().err
    assert predict(scans / "b.nii.gz", "-o", file, "--overwrite") == 0
    assert json.loads((file.parent / "found.predictions.json").read_text()).keys() == {"b"}
    assert not (file.parent / "found.png").exists(), "it showed the answer before"
    assert predict(scans, "-o", file) == 2
    assert "expected a folder for the answers of 2 images, got a file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["found.mha", "found.nii", "found.nii.zip", "notes.txt", "notes.txt/out", "notes.txt/x.nii.gz"]
)
def test_outputs_that_cannot_be(name: str, predict: Predict, scans: Path, tmp_path: Path, capsys):
    (tmp_path / "notes.txt").write_text("precious")
    assert predict(scans / "a.mha", "-o", tmp_path / name) == 2
    assert str(tmp_path / name) in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text() == "precious"
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", "scans"}


@pytest.mark.parametrize("name", ["results_v1.2", ".hidden", "found.new"])
def test_dots_in_names_of_folders(name: str):
    assert target_of(Path(name)).file is None


def test_a_folder_of_other_labels_is_left_alone(predict: Predict, scans: Path, tmp_path: Path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/dataset.json").write_text("{}")
    assert predict(scans) == 2
    assert "dataset.json is there already, of other labels or images" in capsys.readouterr().err
    assert (tmp_path / "out/dataset.json").read_text() == "{}"


def test_other_labels_are_not_replaced_even_if_asked(
    predict: Predict, scans: Path, untrained_fold: Path, tmp_path: Path
):
    predict(scans / "a.mha")
    before = (tmp_path / "out/dataset.json").read_text()
    model = changed(untrained_fold, tmp_path, labels={"background": 0, "other": 1})
    assert predict(scans / "b.nii.gz", "--model", model, "--overwrite") == 2
    assert (tmp_path / "out/dataset.json").read_text() == before
    (tmp_path / "out/dataset.json").unlink()
    assert predict(scans / "b.nii.gz", "--model", model, "--overwrite") == 2, "what is there would be misread"


def test_a_dataset_json_that_says_the_same_stays(predict: Predict, scans: Path, untrained_fold: Path, tmp_path: Path):
    (tmp_path / "out").mkdir()
    shutil.copy(untrained_fold.parent / "dataset.json", tmp_path / "out")
    before = (tmp_path / "out/dataset.json").read_text()
    assert predict(scans / "a.mha") == 0
    assert (tmp_path / "out/dataset.json").read_text() == before


@pytest.fixture
def _nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer is empty, and made in no time."""

    def empty(self: Predictor, images: Path, cases: list[str], output: Path) -> None:
        output.mkdir(exist_ok=True)
        nib.save(nib.Nifti1Image(np.zeros((4, 4, 4), np.uint8), np.eye(4)), output / f"{cases[0]}.nii.gz")

    monkeypatch.setattr(Predictor, "predict", empty)


@pytest.mark.usefixtures("_nothing_found")
def test_an_image_in_which_nothing_is_found_is_told(predict: Predict, scans: Path, capsys):
    assert predict(scans / "a.mha") == 0
    assert "warning: a: nothing was found" in capsys.readouterr().out


def test_another_device_than_there_is(predict: Predict, scans: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert predict(scans, "--device", "cuda") == 2
    assert "there is no GPU that PyTorch can use; say --device cpu" in capsys.readouterr().err


def state(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("option", [(), ("--overwrite",)])
def test_an_image_is_never_replaced(option: tuple, predict: Predict, scans: Path, tmp_path: Path, capsys):
    (tmp_path / "links").mkdir()
    (tmp_path / "links/b.nii.gz").hardlink_to(scans / "b.nii.gz")
    before = state(tmp_path)
    for output in (scans / "b.nii.gz", scans, tmp_path / "links"):
        assert predict(scans / "b.nii.gz", "-o", output, *option) == 2
        assert "b.nii.gz would replace the image: give another output" in capsys.readouterr().err
    assert predict(tmp_path / "links/b.nii.gz", scans / "a.mha", "-o", scans, *option) == 2
    assert state(tmp_path) == before


@pytest.mark.parametrize("name", ["", "found.nii.gz"])
def test_a_folder_of_images_takes_no_answers(name: str, predict: Predict, scans: Path, tmp_path: Path, capsys):
    before = state(tmp_path)
    assert predict(scans, "-o", scans / name, "--overwrite") == 2
    assert "the answers cannot go into a folder whose images are asked for" in capsys.readouterr().err
    assert state(tmp_path) == before


def test_an_answer_may_lie_beside_its_image(predict: Predict, scans: Path):
    assert predict(scans / "a.mha", "-o", scans) == 0
    assert (scans / "a.nii.gz").is_file()


@pytest.mark.parametrize("name", ["a.nii.gz", "a.png", "volumes.csv", "predictions.json"])
@pytest.mark.parametrize("option", [(), ("--overwrite",)])
def test_what_predict_has_not_written_stays(name: str, option: tuple, predict: Predict, scans, tmp_path: Path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_bytes(b"precious")
    assert predict(scans, "--preview", *option) == 2
    error = capsys.readouterr().err
    assert f"{tmp_path}/out/{name}" in error
    assert "move it away" in error
    assert state(tmp_path / "out") == {name: b"precious"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "Expecting property name"),
        ("[]", "expected a record of each case, got list"),
        ('{"a": {}}', "a: expected format, sources, model_sha256"),
    ],
)
def test_a_damaged_record(content: str, message: str, predict: Predict, scans: Path, tmp_path: Path, capsys):
    predict(scans / "a.mha")
    (tmp_path / "out/predictions.json").write_text(content)
    before = state(tmp_path / "out")
    assert predict(scans, "--overwrite") == 2
    error = capsys.readouterr().err
    assert "out/predictions.json: no record of nnunet-spine predict, or damaged: " in error
    assert message in error
    assert state(tmp_path / "out") == before


def test_missing_pictures_are_drawn_later(predict: Predict, scans: Path, tmp_path: Path):
    predict(scans / "a.mha")
    before = times(tmp_path / "out")
    assert predict(scans, "--preview") == 0
    after = times(tmp_path / "out")
    assert after.keys() == {"a.nii.gz", "a.png", "b.nii.gz", "b.png", *BESIDE}
    assert after["a.nii.gz"] == before["a.nii.gz"]
    assert predict(scans, "--preview") == 0
    assert times(tmp_path / "out") == after, "once is enough"


def test_an_image_that_fails_is_named_and_the_others_go_on(
    predict: Predict, scans: Path, tmp_path: Path, monkeypatch, capsys
):
    real = Predictor.predict

    def fail(self: Predictor, images: Path, cases: list[str], output: Path) -> None:
        if cases == ["a"]:
            raise IndexError("deep in the host")
        real(self, images, cases, output)

    monkeypatch.setattr(Predictor, "predict", fail)
    assert predict(scans) == 2
    said = capsys.readouterr()
    assert "[1/2] a: failed" in said.out
    assert "1 problem" in said.err
    assert "a.mha: nnU-Net cannot predict it: IndexError: deep in the host\n1 of 2 were predicted" in said.err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"b.nii.gz", *BESIDE}


@pytest.mark.parametrize("error", [ValueError("odd"), OSError(5, "odd"), MemoryError()])
def test_a_figure_that_fails_does_not_stop_the_answers(
    error: Exception, predict: Predict, scans: Path, tmp_path: Path, monkeypatch, capsys
):
    def fail(*_: object) -> None:
        raise error

    predict(scans / "a.mha")
    monkeypatch.setattr("nnunet_spine.prediction.picture.draw_answer", fail)
    assert predict(scans, "--preview") == 2
    said = capsys.readouterr().err
    assert "not all could be drawn: 2 problems" in said
    assert "b.nii.gz: predicted, not drawn: " in said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.nii.gz", "b.nii.gz", *BESIDE}


def test_an_input_that_is_gone_is_not_called_the_output(predict: Predict, scans: Path, monkeypatch, capsys):
    def fail(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "a.mha")

    monkeypatch.chdir(scans)
    monkeypatch.setattr(Predictor, "predict", fail)
    assert predict("a.mha", "-o", ".") == 2
    assert capsys.readouterr().err.endswith("error: No such file or directory: a.mha\n")


def test_a_spacing_that_leaves_nothing_is_found_before(predict: Predict, scans: Path, tmp_path: Path, capsys):
    image = nib.load(scans / "b.nii.gz")
    flat = np.diag([4, 1e-5, 1, 1])
    nib.save(nib.Nifti1Image(np.asanyarray(image.dataobj).transpose(2, 0, 1), flat), scans / "flat.nii.gz")
    assert predict(scans) == 2
    assert "flat.nii.gz: 8x40x48 voxels of 4 x 1e-05 x 1 mm become 8x" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", [0, -2])
def test_threads_that_cannot_be(number: int, predict: Predict, scans: Path, tmp_path: Path, capsys):
    assert predict(scans, "--threads", number) == 2
    assert f"threads: expected at least 1, got {number}" in capsys.readouterr().err


def test_device_and_model_are_looked_at_before_the_images(
    predict: Predict, scans, untrained_fold, tmp_path, monkeypatch
):
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("nnunet_spine.prediction.run.prepare_sources", never)
    assert predict(scans, "--device", "cuda:99") == 2
    model = changed(untrained_fold, tmp_path)
    (model / "fold_0/checkpoint_final.pth").write_bytes(b"no checkpoint")
    assert predict(scans, "--model", model) == 2
    assert not (tmp_path / "out").exists()


def test_a_full_disk_names_the_output(predict: Predict, scans: Path, tmp_path: Path, monkeypatch, capsys):
    def full(self: Predictor, images: Path, cases: list[str], output: Path) -> None:
        raise OSError(28, "No space left on device", str(output / "a.nii.gz"))

    monkeypatch.setattr(Predictor, "predict", full)
    for output in ("new/out", "new/x.nii.gz"):
        assert predict(scans / "a.mha", "-o", tmp_path / output) == 2
        assert f"error: No space left on device: {tmp_path / output}\n" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_mirroring_does_not_matter_to_a_model_without(
    predict: Predict, scans: Path, untrained_fold: Path, tmp_path: Path
):
    model = changed(untrained_fold, tmp_path)
    file = model / "fold_0/checkpoint_final.pth"
    torch.save({**read_checkpoint(file), "inference_allowed_mirroring_axes": None}, file)
    assert predict(scans / "a.mha", "--model", model) == 0
    before = times(tmp_path / "out")
    assert predict(scans / "a.mha", "--model", model, "--no-mirroring") == 0
    assert times(tmp_path / "out") == before
    assert json.loads((tmp_path / "out/predictions.json").read_text())["a"]["mirroring"] is False


def test_answers_beside_their_images_are_no_images(predict: Predict, scans: Path, tmp_path: Path, capsys):
    predict(scans / "a.mha", "-o", scans)
    predict(scans / "b.nii.gz", "-o", scans / "of_b.nii.gz")
    before = state(scans)
    capsys.readouterr()
    assert predict(scans) == 0
    said = capsys.readouterr().out
    assert said.count("passed over: ") == 1
    assert f"passed over: 2 answers of nnunet-spine predict in {scans}, such as a.nii.gz\n" in said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.nii.gz", "b.nii.gz", *BESIDE}
    assert state(scans) == before


def test_answers_beside_a_folder_of_dicom(predict: Predict, scans: Path, studies: Path, capsys):
    for name in ("a.mha", "b.nii.gz"):
        predict(scans / name, "-o", studies / "p1")
    capsys.readouterr()
    found = find_images([studies / "p1"], target_of(studies / "out"))
    assert ([one.case for one in found.sources], found.problems) == (["DICOM"], ())


def test_a_folder_of_nothing_but_answers_is_refused(predict: Predict, scans: Path, tmp_path: Path, capsys):
    predict(scans / "a.mha")
    capsys.readouterr()
    assert predict(tmp_path / "out", "-o", tmp_path / "other") == 2
    said = capsys.readouterr()
    assert f"passed over: 1 answer of nnunet-spine predict in {tmp_path}/out, such as a.nii.gz" in said.out
    assert "nothing to prepare" in said.err


def test_a_file_of_others_that_is_called_as_the_record_is_told(predict: Predict, scans: Path, capsys):
    (scans / "predictions.json").write_text("[]")
    assert predict(scans) == 0
    said = capsys.readouterr().out
    assert f"passed over: {scans}/predictions.json: no record of nnunet-spine predict" in said
    assert "[2/2] b: " in said


def test_folders_of_images_are_told_with_their_commands(predict: Predict, scans: Path, tmp_path: Path, capsys):
    (tmp_path / "all").mkdir()
    scans.rename(tmp_path / "all" / "scans")
    assert predict(tmp_path / "all") == 2
    command = f"nnunet-spine predict {tmp_path}/all/scans -o {tmp_path}/out"
    assert f"scans: 2 images; image files of subfolders are not taken: move them away, or run: {command}\n" in (
        capsys.readouterr().err
    )


def test_what_is_passed_over_is_told(predict: Predict, scans: Path, capsys):
    save(scans / "more" / "c.mha", blocks(seed=3)[0], "LPS")
    assert predict(scans) == 0
    assert f"passed over: 1 image in subfolders of {scans}, such as {scans}/more/c.mha" in capsys.readouterr().out


def test_an_image_that_is_given_twice_counts_once(predict: Predict, scans: Path, tmp_path: Path, capsys):
    (tmp_path / "link").symlink_to(scans)
    assert predict(scans, scans / "a.mha", tmp_path / "link") == 0
    assert "[2/2] b: " in capsys.readouterr().out


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """Two patients, a DICOM series of one slice each, in folders of one name."""
    for patient in ("p1", "p2"):
        volume = sitk.Image(6, 4 + int(patient[1]), 1, sitk.sitkInt16)
        for tag, value in (("0008|0060", "MR"), ("0020|000e", f"1.2.{patient[1]}"), ("0020|0011", "3")):
            volume.SetMetaData(tag, value)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        (tmp_path / patient / "DICOM").mkdir(parents=True)
        writer.SetFileName(str(tmp_path / patient / "DICOM/1.dcm"))
        writer.Execute(volume)
    return tmp_path


def test_dicom_folders_of_one_name(studies: Path):
    found = find_images([studies / "p1/DICOM", studies / "p2/DICOM"], target_of(studies / "out"))
    assert [one.case for one in found.sources] == ["p1_DICOM", "p2_DICOM"]


@pytest.mark.usefixtures("_nothing_found")
def test_a_series_has_one_answer_whatever_else_is_asked_for(predict: Predict, studies: Path, capsys):
    assert predict(studies / "p1/DICOM") == 0
    for option in ((), ("--overwrite",)):
        assert predict(studies / "p1/DICOM", studies / "p2/DICOM", *option) == 2
        assert f"its answer is there already as {studies}/out/DICOM.nii.gz" in capsys.readouterr().err
    assert predict(studies / "p2/DICOM") == 2
    error = capsys.readouterr().err
    assert f"of another image of this name, in {studies}/p1/DICOM: give the folder above both" in error
    assert "--overwrite" not in error


def test_a_run_that_is_told_to_end_cleans_up(predict: Predict, scans: Path, tmp_path: Path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(Predictor, "predict", lambda *_: signal.raise_signal(signal.SIGTERM))
    assert predict(scans) == 130
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / "temporary").iterdir()) == []
