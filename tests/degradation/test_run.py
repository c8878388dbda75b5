"""Folders of degraded images: geometry of the source, records, interruptions, and what is refused."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nnunet_spine.cli import main
from nnunet_spine.comparison.reading.collect import collect
from nnunet_spine.dataset_conversion import InvalidInputError
from nnunet_spine.degradation import Degradation, degrade_images, image, run
from nnunet_spine.evaluation.condition import condition_of

from .conftest import SHAPE, ellipsoid, save, textured

DATASET = {"channel_names": {"0": "MRI"}, "labels": {"background": 0, "discs": 1}, "file_ending": ".nii.gz"}
COARSE, NOISY = Degradation("resolution", 2), Degradation("noise", 0.1)


def arrays(folder: Path) -> dict[str, np.ndarray]:
    return {path.name: np.asanyarray(nib.load(path).dataobj) for path in sorted(folder.glob("*.nii.gz"))}


def test_every_level_has_its_folder(inputs: Path, tmp_path: Path):
    folders = degrade_images(inputs, tmp_path / "out", [COARSE, NOISY])
    assert folders == [tmp_path / "out" / "resolution_2", tmp_path / "out" / "noise_0.1"]
    names = {f"{case}_0000.nii.gz" for case in ("1_t1", "1_t2", "2_t1")}
    assert {folder.name: {path.name for path in folder.iterdir()} for folder in (tmp_path / "out").iterdir()} == {
        "resolution_2": {*names, "degradation.json"},
        "noise_0.1": {*names, "degradation.json"},
    }


@pytest.mark.parametrize("degradation", [COARSE, NOISY, Degradation("slice thickness", 2), Degradation("gamma", 1)])
def test_the_header_says_of_geometry_what_the_source_says(inputs: Path, tmp_path: Path, degradation: Degradation):
    (folder,) = degrade_images(inputs, tmp_path / "out", [degradation])
    for path in inputs.iterdir():
        source, degraded = nib.load(path), nib.load(folder / path.name)
        np.testing.assert_array_equal(degraded.affine, source.affine)
        for field in ("dim", "pixdim", "xyzt_units", "qform_code", "sform_code", "srow_x", "srow_y", "srow_z"):
            np.testing.assert_array_equal(degraded.header[field], source.header[field])
        np.testing.assert_array_equal(degraded.get_qform(), source.get_qform())


def test_intensities_come_out_unscaled_and_unclipped(inputs: Path, tmp_path: Path):
    (folder,) = degrade_images(inputs, tmp_path / "out", [NOISY])
    source, degraded = arrays(inputs)["1_t1_0000.nii.gz"], arrays(folder)["1_t1_0000.nii.gz"]
    assert source.dtype == np.uint8
    assert degraded.dtype == np.float32
    assert degraded.max() > source.max()
    assert abs(degraded.mean() - source.mean()) < 2


def test_scaled_storage_of_the_source_is_undone(tmp_path: Path):
    image = nib.Nifti1Image(textured(SHAPE).astype(np.int16), np.diag([3.0, 0.8, 0.5, 1.0]))
    image.header.set_slope_inter(0.5, 10)
    (tmp_path / "in").mkdir()
    nib.save(image, tmp_path / "in" / "1_t1_0000.nii.gz")
    (folder,) = degrade_images(tmp_path / "in", tmp_path / "out", [COARSE])
    source, degraded = (next(iter(arrays(one).values())) for one in (tmp_path / "in", folder))
    assert degraded.mean() == pytest.approx(source.mean(), rel=1e-5)


def test_the_neutral_level_copies_the_file(inputs: Path, tmp_path: Path):
    neutral = [Degradation("resolution", 1), Degradation("noise", 0), Degradation("gamma", 1)]
    for folder in degrade_images(inputs, tmp_path / "out", neutral):
        for path in inputs.iterdir():
            assert (folder / path.name).read_bytes() == path.read_bytes()


def test_the_evaluation_knows_the_condition(inputs: Path, tmp_path: Path):
    folders = degrade_images(inputs, tmp_path / "out", [Degradation("slice thickness", 1.5), NOISY])
    found = [condition_of(folder, None) for folder in folders]
    assert [(one.name, one.level) for one in found] == [("slice thickness", 1.5), ("noise", 0.1)]


def test_the_record_names_source_and_settings(inputs: Path, tmp_path: Path):
    (folder,) = degrade_images(inputs, tmp_path / "out", [NOISY])
    record = json.loads((folder / "degradation.json").read_text())
    assert (record["condition"], record["level"], record["seed"]) == ("noise", 0.1, 0)
    assert record["source"] == str(inputs)
    assert record["images"].keys() == {path.name for path in inputs.iterdir()}


def test_processes_order_and_other_cases_change_nothing(inputs: Path, tmp_path: Path):
    (alone,) = degrade_images(inputs, tmp_path / "a", [NOISY], cases=["2_t1"])
    both, *_ = degrade_images(inputs, tmp_path / "b", [NOISY, COARSE], processes=2)
    assert arrays(alone).keys() == {"2_t1_0000.nii.gz"}
    np.testing.assert_array_equal(arrays(alone)["2_t1_0000.nii.gz"], arrays(both)["2_t1_0000.nii.gz"])


def test_a_second_run_does_nothing_and_new_images_are_added(inputs: Path, tmp_path: Path, state):
    degrade_images(inputs, tmp_path / "out", [COARSE, NOISY])
    before = state(tmp_path / "out")
    degrade_images(inputs, tmp_path / "out", [COARSE, NOISY])
    assert state(tmp_path / "out") == before
    save(inputs / "3_t1_0000.nii.gz", textured(SHAPE, 9))
    (folder,) = degrade_images(inputs, tmp_path / "out", [COARSE])
    assert len(arrays(folder)) == 4
    after = state(tmp_path / "out")
    assert {name: content for name, content in after.items() if name in before and "json" not in name} == {
        name: content for name, content in before.items() if "json" not in name
    }


def test_an_image_that_was_deleted_is_made_again(inputs: Path, tmp_path: Path, state):
    (folder,) = degrade_images(inputs, tmp_path / "out", [NOISY])
    before = {name: content for name, (_, content) in state(folder).items()}
    (folder / "1_t2_0000.nii.gz").unlink()
    degrade_images(inputs, tmp_path / "out", [NOISY])
    assert {name: content for name, (_, content) in state(folder).items()} == before


def test_an_interrupted_run_goes_on(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state):
    expected = state(degrade_images(inputs, tmp_path / "whole", [COARSE, NOISY])[0])
    made = []

    def stops_at_the_third(job: image.Job) -> image.Job:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(job)
        return image.degrade_image(job)

    monkeypatch.setattr(run, "degrade_image", stops_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        degrade_images(inputs, tmp_path / "out", [COARSE, NOISY])
    assert not list((tmp_path / "out").glob("*/*.nii.gz")), "nothing looks whole"
    made.clear()

    def counts(job: image.Job) -> image.Job:
        made.append(job)
        return image.degrade_image(job)

    monkeypatch.setattr(run, "degrade_image", counts)
    folder, _ = degrade_images(inputs, tmp_path / "out", [COARSE, NOISY])
    assert len(made) == 4
    assert {name: content for name, (_, content) in state(folder).items()} == {
        name: content for name, (_, content) in expected.items()
    }


def test_what_an_interrupted_run_with_another_seed_left_is_not_used(inputs: Path, tmp_path: Path, monkeypatch):
    def stops(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run, "_publish", stops)
        with pytest.raises(KeyboardInterrupt):
            degrade_images(inputs, tmp_path / "out", [replace(NOISY, seed=1)])
    (folder,) = degrade_images(inputs, tmp_path / "out", [NOISY])
    (whole,) = degrade_images(inputs, tmp_path / "whole", [NOISY])
    for name, array in arrays(whole).items():
        np.testing.assert_array_equal(arrays(folder)[name], array)


def test_other_settings_are_refused_and_nothing_is_touched(inputs: Path, tmp_path: Path, state):
    degrade_images(inputs, tmp_path / "out", [NOISY])
    before = state(tmp_path)
    with pytest.raises(ValueError, match=r"noise_0.1 holds images degraded in another way.*\n  seed: 0 -> 1"):
        degrade_images(inputs, tmp_path / "out", [replace(NOISY, seed=1)])
    assert state(tmp_path) == before


def test_a_source_that_changed_is_refused(inputs: Path, tmp_path: Path, state):
    degrade_images(inputs, tmp_path / "out", [NOISY])
    save(inputs / "1_t1_0000.nii.gz", textured(SHAPE, 5).astype(np.uint8))
    before = state(tmp_path)
    with pytest.raises(InvalidInputError, match=r"noise_0.1/1_t1_0000.nii.gz: exists already and was made of"):
        degrade_images(inputs, tmp_path / "out", [NOISY])
    assert state(tmp_path) == before


def test_a_folder_that_holds_something_else_is_refused(inputs: Path, tmp_path: Path, state):
    (tmp_path / "out" / "noise_0.1").mkdir(parents=True)
    (tmp_path / "out" / "noise_0.1" / "precious.txt").write_text("mine")
    before = state(tmp_path)
    with pytest.raises(ValueError, match=r"noise_0.1: expected degraded images.*found precious.txt"):
        degrade_images(inputs, tmp_path / "out", [NOISY])
    assert state(tmp_path) == before


def test_all_problems_are_told_at_once_and_nothing_is_written(inputs: Path, tmp_path: Path):
    bad = textured(SHAPE)
    bad[3, 4, 5] = np.nan
    save(inputs / "4_t1_0000.nii.gz", bad)
    save(inputs / "5_t1_0000.nii.gz", textured((1, 48, 60)))
    (inputs / "6_t1_0000.nii.gz").write_bytes(b"no image")
    with pytest.raises(InvalidInputError, match="nothing was written") as error:
        degrade_images(inputs, tmp_path / "out", [Degradation("slice thickness", 2), NOISY])
    found = {problem.where: problem.what for problem in error.value.problems}
    assert found.keys() == {"4_t1_0000.nii.gz", "5_t1_0000.nii.gz", "6_t1_0000.nii.gz"}
    assert "1 voxels are NaN" in found["4_t1_0000.nii.gz"]
    assert "needs 4 slices" in found["5_t1_0000.nii.gz"]
    assert "cannot be read" in found["6_t1_0000.nii.gz"]
    assert not (tmp_path / "out").exists()


def test_one_file_will_do_and_channels_are_images(inputs: Path, tmp_path: Path):
    save(inputs / "1_t1_0001.nii.gz", textured(SHAPE, 1).astype(np.uint8))
    (folder,) = degrade_images(inputs / "1_t1_0001.nii.gz", tmp_path / "one", [NOISY])
    assert arrays(folder).keys() == {"1_t1_0001.nii.gz"}
    (folder,) = degrade_images(inputs, tmp_path / "all", [NOISY], cases=["1_t1"])
    first, second = arrays(folder).values()
    assert not np.array_equal(first, second), "each channel has its own noise"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ((), "found none; make them of any images, DICOM too, by `nnunet-spine prepare"),
        (("IM0001.dcm",), "found none; make them of any images, DICOM too, by `nnunet-spine prepare"),
        (("1_t1.mha", "1_t2.nii.gz"), r"found 2 other images \(1_t1.mha, 1_t2.nii.gz\); make them"),
        (("1_t1_0000.nii.gz", "1_t2.nii.gz"), r"and nothing else, found 1 other images \(1_t2.nii.gz\)"),
        (("imagesTr/1_t1_0000.nii.gz",), "found none; give .*imagesTr"),
        (("1_t1_0000.nii.gz", "degradation.json"), "degraded already"),
    ],
)
def test_what_are_no_inputs_is_refused(files: tuple[str, ...], message: str, tmp_path: Path, capsys):
    (tmp_path / "in").mkdir()
    for name in files:
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"")
    with pytest.raises(ValueError, match=message):
        degrade_images(tmp_path / "in", tmp_path / "out", [NOISY])
    assert main(["degrade", str(tmp_path / "in"), str(tmp_path / "out"), "--noise", "0.1"]) == 2
    assert capsys.readouterr().err.startswith("nnunet-spine degrade: error: ")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "nothing to do"),
        (["--factor", "0.5"], "resolution: expected levels of 1 or more, got 0.5"),
        (["--noise", "-0.1"], "noise: expected levels of 0 or more, got -0.1"),
        (["--noise", "0.1", "--cases", "7_t1"], "no case 7_t1; there are 1_t1, 1_t2, 2_t1"),
        (["--noise", "0.1", "--processes", "0"], "processes: expected at least 1"),
        (["--factor", "7", "--direction", "through-plane"], "slice thickness 7 needs 14 slices"),
    ],
)
def test_wrong_options_end_with_one_message(options: list[str], message: str, inputs: Path, tmp_path: Path, capsys):
    assert main(["degrade", str(inputs), str(tmp_path / "out"), "--processes", "1", *options]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_images_do_not_go_where_they_come_from(inputs: Path):
    with pytest.raises(ValueError, match="cannot go into the folder that the images come from"):
        degrade_images(inputs, inputs, [NOISY])


def test_a_source_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="no such file or folder"):
        degrade_images(tmp_path / "in", tmp_path / "out", [NOISY])


def test_the_printed_commands_make_one_arm_of_all_levels(inputs: Path, tmp_path: Path, monkeypatch, capsys):
    """As they are printed, but for predicting, and for the names of fold and trainer."""
    for path in inputs.iterdir():
        case = path.name.removesuffix("_0000.nii.gz")
        codes = "".join(nib.aff2axcodes(nib.load(path).affine))
        save(inputs.parent / "labelsTs" / f"{case}.nii.gz", (ellipsoid(SHAPE) > 120).astype(np.uint8), codes)
    assert main(["degrade", str(inputs), str(tmp_path / "out"), "--noise", "0.1", "0.2", "--processes", "1"]) == 0
    lines = capsys.readouterr().out.replace("TRAINER", "nnUNetTrainer").replace("FOLD", "0").splitlines()
    monkeypatch.chdir(tmp_path)
    for line in lines:
        if line.strip().startswith("mkdir"):
            subprocess.run(shlex.split(line), check=True)
    (evaluate,) = [line for line in lines if "nnunet-spine evaluate" in line]
    for name in ("noise_0.1", "noise_0.2"):
        shutil.copytree(inputs.parent / "labelsTs", f"predictions/{name}")
        Path(f"predictions/{name}/dataset.json").write_text(json.dumps(DATASET))
        assert main([*shlex.split(evaluate.replace("$name", name))[1:], "--processes", "1"]) == 0
    collection = collect(sorted(Path("results").iterdir()))
    assert collection.arms == ("nnUNetTrainer",)
    assert collection.runs["level"].tolist() == [0.1, 0.2]


def test_the_command_says_how_to_go_on(inputs: Path, tmp_path: Path, capsys):
    (inputs.parent / "labelsTs").mkdir()
    out = tmp_path / "out"
    arguments = ["--factor", "1", "2", "--noise", "0.1", "--direction", "both", "--cases", "1_t1", "--processes", "1"]
    assert main(["degrade", str(inputs), str(out), *arguments]) == 0
    printed = capsys.readouterr().out
    assert "for name in voxel_size_1 voxel_size_2 noise_0.1; do" in printed
    assert f"nnUNetv2_predict -i {out}/$name" in printed
    assert f"nnunet-spine evaluate --reference {inputs.parent / 'labelsTs'}" in printed
    assert "--chill" in printed
    assert {folder.name for folder in out.iterdir()} == {"voxel_size_1", "voxel_size_2", "noise_0.1"}
