from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from nnunet_spine import models
from nnunet_spine.cli import main
from nnunet_spine.features.table import WHOLE, read_features

from .conftest import PATIENTS, SHAPE, save

FAST = ["--device", "cpu", "--permutations", "39"]


def said(images: Path) -> list[str]:
    scans = images / "scans"
    return ["--images", f"T1={scans}/*_t1", f"T2={scans}/*_t2", "--references", str(images / "labels")]


def test_the_shift_is_found_and_a_second_run_gives_the_same(
    model: Path,
    images: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
):
    names = ["one", "two"]
    for name in names:
        command = ["features", str(model), *said(images), "--output", str(tmp_path / name), *FAST]
        command += ["--embedding", "tsne", "--layers", "*coder.stages.[01]"]
        assert main(command) == 0
    assert "T1 and T2, canal: most separate in" in capsys.readouterr().out
    shared = "5 names of patients in several domains (0, 1, 2 and 2 more): each counts as one person"
    assert [record.getMessage() for record in caplog.records] == [shared] * 2
    found = pd.read_csv(tmp_path / "one" / "separation.csv")
    layers = ["encoder.stages.0", "encoder.stages.1", "decoder.stages.0", "decoder.stages.1"]
    assert found["layer"].tolist() == layers * 3
    assert (found[found["structure"] == "canal"]["probe_accuracy"] == 1).all()
    assert found["note"].str.contains("uncertain: only 5 patients").all()
    written = {path.name for path in (tmp_path / "one").iterdir()}
    assert written == {
        *("features.npz", "separation.csv", "separation.svg", "separation.png", "embedding.svg", "embedding.png")
    }
    for name in written - {"features.npz"}:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    one, two = (read_features(tmp_path / name / "features.npz") for name in names)
    assert all(np.array_equal(one.layers[layer], two.layers[layer]) for layer in layers)
    assert len(one.rows) == 2 * PATIENTS * SHAPE[0] * 3
    assert main([*command]) == 2
    assert "say --overwrite" in capsys.readouterr().err
    assert main([*command, "--overwrite", "--slices", "1", "--embedding", "none"]) == 0
    assert set(read_features(tmp_path / "two" / "features.npz").rows["slice"]) == {SHAPE[0] // 2}
    assert not list((tmp_path / "two").glob("embedding*"))


def test_a_model_of_volumes_gives_a_row_for_each_image(
    make_model: Callable[[str], Path], images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    command = ["features", str(make_model("3d_fullres")), *said(images), "--output", str(tmp_path), *FAST]
    assert main([*command, "--embedding", "none", "--layers", "encoder.stages.2"]) == 0
    table = read_features(tmp_path / "features.npz")
    assert set(table.rows["slice"]) == {WHOLE}
    assert len(table.rows) == 2 * PATIENTS * 3
    assert main([*command, "--overwrite", "--slices", "1"]) == 2
    assert "--slices: the model sees volumes" in capsys.readouterr().err


def test_without_references_the_models_own_segmentation_is_taken_and_said(model: Path, images: Path, tmp_path: Path):
    command = ["features", str(model), *said(images)[:3], "--output", str(tmp_path), *FAST, "--embedding", "none"]
    assert main(command) == 0
    assert "own segmentations, not references" in (tmp_path / "separation.svg").read_text()


def test_layers_of_an_installed_model_are_listed(capsys: pytest.CaptureFixture[str]):
    assert main(["features", models.DEFAULT, "--list-layers", "--device", "cpu"]) == 0
    assert "encoder.stages.0" in capsys.readouterr().out


def test_layers_are_listed(model: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["features", str(model), "--list-layers", "--device", "cpu"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("*") for line in out) == 9
    assert out[0].split() == ["encoder.stages.0.0.convs.0.conv", "8", "x", "32x48", "Conv2d"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--layers", "encoder.stage.1"], "did you mean"),
        (["--structures", "sacrum"], "sacrum: expected of background, vertebrae, canal, discs"),
        (["--slices", "0"], "--slices: expected at least 1"),
        (["--permutations", "3"], "at least 19"),
        (["--output", __file__], "expected a folder, found a file"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_written(
    model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str
):
    output = tmp_path / "new"
    assert main(["features", str(model), *said(images), "--output", str(output), *FAST, *more]) == 2
    assert message in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize("name", ["features.npz", "separation.csv", "separation.png", "embedding.svg"])
def test_no_file_is_replaced_unasked(
    name: str, model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / name).write_text("mine")
    assert main(["features", str(model), *said(images), "--output", str(tmp_path), *FAST]) == 2
    assert f"--output: {tmp_path}: {name} would be replaced; say --overwrite" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: "mine"}


def test_a_model_that_is_none_and_a_missing_output_are_said(
    model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["features", str(tmp_path), *said(images), "--output", str(tmp_path / "new")]) == 2
    assert "no checkpoint_final.pth there; expected a file of nnunet-spine export" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["features", str(model), *said(images)])
    error = capsys.readouterr().err
    assert "(--list-layers | --output DIR)" in error
    assert "one of the arguments --list-layers --output is required" in error


def changed_labels(images: Path, folder: Path, sequence: str, change: Callable[[np.ndarray], np.ndarray]) -> list[str]:
    """Arguments of the command with label maps of one domain changed."""
    for path in (images / "labels").iterdir():
        labels = np.asarray(nib.load(path).dataobj)
        save(folder / path.name, change(labels.copy()) if sequence in path.name else labels)
    return [*said(images)[:4], str(folder)]


def test_a_domain_without_any_structure_is_said(
    model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    changed = changed_labels(images, tmp_path / "labels", "t2", np.zeros_like)
    assert main(["features", str(model), *changed, "--output", str(tmp_path / "new"), *FAST]) == 2
    assert "not in every domain: vertebrae, canal, discs" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_structure_that_a_domain_has_not_is_left_out_or_refused_if_named(
    model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    changed = changed_labels(images, tmp_path / "labels", "t2", lambda labels: np.where(labels == 3, 0, labels))
    command = ["features", str(model), *changed, "--output", str(tmp_path / "new"), *FAST, "--embedding", "none"]
    command += ["--layers", "encoder.stages.0", "--slices", "1"]
    assert main([*command, "--structures", "discs", "canal"]) == 2
    assert "not in every domain: discs" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    assert main(command) == 0
    assert "left out, since they are not in every domain: discs" in caplog.text
    assert set(pd.read_csv(tmp_path / "new" / "separation.csv")["structure"]) == {"vertebrae", "canal"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda labels: labels + 9 * (labels == 3).astype(np.uint8), r"values \[12\] are none of the model's labels"),
        (lambda labels: labels[:, 1:], "0_t1_0000.nii.gz.*0_t1.nii.gz: Shape mismatch"),
    ],
)
def test_references_that_do_not_fit_are_refused(
    model: Path,
    images: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[np.ndarray], np.ndarray],
    message: str,
):
    changed = changed_labels(images, tmp_path / "labels", "t1", change)
    assert main(["features", str(model), *changed, "--output", str(tmp_path / "new"), *FAST]) == 2
    assert re.search(message, capsys.readouterr().err)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("content", [b"no image", gzip.compress(b"no image" * 99)[:-20]], ids=["no image", "cut off"])
def test_an_image_that_cannot_be_read_is_named(
    model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
):
    shutil.copytree(images, tmp_path / "images")
    (tmp_path / "images" / "scans" / "0_t1_0000.nii.gz").write_bytes(content)
    assert main(["features", str(model), *said(tmp_path / "images"), "--output", str(tmp_path / "new"), *FAST]) == 2
    assert "scans/0_t1_0000.nii.gz" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_device_that_is_none_is_refused_by_name(model: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["features", str(model), "--list-layers", "--device", "gpu"]) == 2
    assert "--device gpu: expected auto, cpu, cuda, cuda:NUMBER or mps" in capsys.readouterr().err
