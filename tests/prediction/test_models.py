"""What --model may be, and the models that are installed with the package."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nnunet_spine import models
from nnunet_spine.prediction.model import opened, sha256_of

from .conftest import Predict
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


def zipped(path: Path, content: dict[str, str]) -> Path:
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


def changed(fold: Path, target: Path, **entries: object) -> Path:
    """A copy of a model with other entries in its dataset.json."""
    folder = target / fold.parent.name
    shutil.copytree(fold.parent, folder)
    description = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps({**description, **entries}))
    return folder


def test_a_model_for_other_images(predict: Predict, scans: Path, untrained_fold: Path, tmp_path: Path, capsys):
    model = changed(untrained_fold, tmp_path, channel_names={"0": "T1", "1": "T2"})
    assert predict(scans, "--model", model) == 2
    assert "for images of 1 channel that end in .nii.gz" in capsys.readouterr().err


def test_a_model_that_cannot_be_loaded(predict: Predict, scans: Path, untrained_fold: Path, tmp_path: Path, capsys):
    model = changed(untrained_fold, tmp_path)
    (model / "fold_0/checkpoint_final.pth").write_bytes(b"no checkpoint")
    assert predict(scans, "--model", model) == 2
    assert "nnU-Net cannot load it" in capsys.readouterr().err


def test_every_installed_model_is_small_has_a_card_and_opens():
    assert models.DEFAULT in models.names() or not models.names()
    for name in models.names():
        path = models.path_of(name)
        assert path.stat().st_size < MOST_BYTES, name
        assert path.with_suffix(".md").read_text(encoding="utf-8").startswith("# "), name
        with opened(name) as model:
            assert model.description["channel_names"] == {"0": "MRI"}
