"""What --model may be, and the models that are installed with the package."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nnunet_spine import models
from nnunet_spine.prediction.folds import checkpoints_of
from nnunet_spine.prediction.model import opened, sha256_of

from .conftest import Predict, changed
from .test_predict import answer

MOST_BYTES = 5_000_000


def test_a_model_by_its_file_folder_fold_or_checkpoint(model_file: Path, untrained_fold: Path):
    final = untrained_fold / "checkpoint_final.pth"
    for given in (untrained_fold.parent, untrained_fold, final):
        with opened(str(given)) as model:
            assert model.checkpoints == (final,)
            assert model.description["labels"]["background"] == 0
    with opened(str(model_file)) as model:
        assert (model.name, model.sha256) == ("blocks", sha256_of([model_file]))
        unpacked = model.folder
        assert unpacked.name == untrained_fold.parent.name
    assert not unpacked.exists()


def test_an_installed_model_by_its_name(model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(models, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"this installation has none; give your own by --model"), opened(None):
        pass
    for name in ("blocks", models.DEFAULT):
        shutil.copy(model_file, tmp_path / f"{name}.zip")
    for given in ("blocks", None):
        with opened(given) as model:
            assert model.name == (given or models.DEFAULT)
    with pytest.raises(ValueError, match=f"knee: no such model; .*installed .blocks, {models.DEFAULT}"), opened("knee"):
        pass


def test_folds_answer_together(predict: Predict, scans: Path, untrained_fold: Path, tmp_path: Path):
    from nnunet_spine.prediction.export import export_model

    both = tmp_path / "model" / untrained_fold.parent.name
    shutil.copytree(untrained_fold.parent, both)
    shutil.copytree(both / "fold_0", both / "fold_1")
    export_model([both], tmp_path / "both.zip")
    with opened(str(tmp_path / "both.zip")) as model:
        assert [path.parent.name for path in model.checkpoints] == ["fold_0", "fold_1"]
    assert predict(scans / "a.mha") == 0
    assert predict(scans / "a.mha", "--model", tmp_path / "both.zip", "-o", tmp_path / "two") == 0
    np.testing.assert_array_equal(answer(tmp_path / "two/a.nii.gz"), answer(tmp_path / "out/a.nii.gz"))


def zipped(path: Path, content: dict[str, str] | dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return path


def test_what_is_no_model(predict: Predict, scans: Path, tmp_path: Path, capsys):
    (tmp_path / "text.zip").write_text("text")
    (tmp_path / "empty").mkdir()
    zipped(tmp_path / "other.zip", {"readme.txt": "x"})
    zipped(tmp_path / "two.zip", {"D/a/plans.json": "{}", "D/b/plans.json": "{}"})
    zipped(tmp_path / "bare.zip", {"D/a/plans.json": "{}"})
    for name, message in (
        ("nowhere.zip", "no such model"),
        ("text.zip", "File is not a zip file; expected a file of nnunet-spine export"),
        ("other.zip", "expected a file of one model, got no plans.json"),
        ("two.zip", "got 2 models (D/a, D/b): unpack it and give the folder of one"),
        ("bare.zip", "no checkpoint_final.pth there"),
        ("empty", "no checkpoint_final.pth there"),
    ):
        assert predict(scans, "--model", tmp_path / name) == 2
        error = capsys.readouterr().err
        assert name in error
        assert message in error
    assert not (tmp_path / "out").exists()


def test_a_model_for_other_images(predict: Predict, scans: Path, untrained_fold: Path, tmp_path: Path, capsys):
    model = changed(untrained_fold, tmp_path, channel_names={"0": "T1", "1": "T2"})
    assert predict(scans, "--model", model) == 2
    assert "for images of 1 channel that end in .nii.gz" in capsys.readouterr().err


def test_a_model_that_cannot_be_loaded(predict: Predict, scans: Path, untrained_fold: Path, tmp_path: Path, capsys):
    model = changed(untrained_fold, tmp_path)
    (model / "fold_0/checkpoint_final.pth").write_bytes(b"no checkpoint")
    assert predict(scans, "--model", model) == 2
    assert "fold_0/checkpoint_final.pth: expected a checkpoint of nnU-Net" in capsys.readouterr().err


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("dataset.json", b"{", "expected JSON"),
        ("dataset.json", b"{}", "lacks channel_names, labels, file_ending"),
        ("plans.json", b"[]", "lacks dataset_name, image_reader_writer, transpose_forward, configurations"),
        ("checkpoint_final.pth", b"\x80\x04c", "expected a checkpoint of nnU-Net"),
        ("checkpoint_final.pth", b"", "expected a checkpoint of nnU-Net"),
    ],
)
def test_a_bad_file_in_a_model_is_named(
    name: str, content: bytes, message: str, predict: Predict, scans: Path, model_file: Path, tmp_path: Path, capsys
):
    old = members(model_file)
    member = next(one for one in old if one.endswith(name))
    zipped(tmp_path / "bad.zip", {**old, member: content})
    assert predict(scans, "--model", tmp_path / "bad.zip") == 2
    error = capsys.readouterr().err
    assert f"error: {tmp_path}/bad.zip/{member}: {message}" in error
    assert "nnunet-spine-" not in error.replace(str(tmp_path), ""), "no path of what was unpacked"


def test_a_damaged_member_is_named(predict: Predict, scans: Path, model_file: Path, tmp_path: Path, capsys):
    with zipfile.ZipFile(model_file) as archive:
        member = next(one for one in archive.infolist() if one.filename.endswith("plans.json"))
    content = bytearray(model_file.read_bytes())
    start = member.header_offset + 30 + len(member.filename)
    content[start : start + 40] = b"\xff" * 40
    (tmp_path / "bad.zip").write_bytes(content)
    assert predict(scans, "--model", tmp_path / "bad.zip") == 2
    assert f"bad.zip: {member.filename}: Error -3 while decompressing data" in capsys.readouterr().err


def test_what_nnunet_cannot_load(predict: Predict, scans: Path, model_file: Path, tmp_path: Path, capsys):
    content = members(model_file)
    plans = next(one for one in content if one.endswith("plans.json"))
    zipped(tmp_path / "bad.zip", {**content, plans: content[plans].replace(b'"2d"', b'"other"')})
    assert predict(scans, "--model", tmp_path / "bad.zip") == 2
    assert "model bad: nnU-Net cannot load it: " in capsys.readouterr().err


def test_unfinished_folds_are_told(predict: Predict, scans: Path, untrained_fold: Path, tmp_path: Path, capsys):
    model = changed(untrained_fold, tmp_path)
    (model / "fold_1").mkdir()
    assert predict(scans / "a.mha", "--model", model) == 0
    assert "without fold_1, where there is no checkpoint_final.pth" in capsys.readouterr().out


def test_a_file_of_an_installed_models_name_does_not_hide_it(model_file: Path, tmp_path: Path, monkeypatch, capsys):
    (tmp_path / "installed").mkdir()
    shutil.copy(model_file, tmp_path / "installed/blocks.zip")
    monkeypatch.setattr(models, "FOLDER", tmp_path / "installed")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blocks").mkdir()
    with opened("blocks") as model:
        assert model.sha256 == sha256_of([model_file])
    assert "the installed model, not the file of this name here, which is ./blocks" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"blocks: no checkpoint_final.pth there"), opened("./blocks"):
        pass


def test_every_installed_model_is_small_has_a_card_and_opens():
    assert models.DEFAULT in models.names() or not models.names()
    for name in models.names():
        path = models.path_of(name)
        assert path.stat().st_size < MOST_BYTES, name
        assert path.with_suffix(".md").read_text(encoding="utf-8").startswith("# "), name
        with opened(name) as model:
            assert model.description["channel_names"] == {"0": "MRI"}


def test_a_checkpoint_may_be_a_link(tmp_path: Path):
    fold = tmp_path / "model/fold_0"
    fold.mkdir(parents=True)
    for name in ("plans.json", "dataset.json"):
        (fold.parent / name).write_text("{}")
    (tmp_path / "store").mkdir()
    (tmp_path / "store/1.pth").write_bytes(b"x")
    link = fold / "checkpoint_final.pth"
    link.symlink_to(tmp_path / "store/1.pth")
    (tmp_path / "shortcut").symlink_to(fold)
    for given in (link, fold, fold.parent, tmp_path / "shortcut"):
        assert checkpoints_of(given) == (link,)
