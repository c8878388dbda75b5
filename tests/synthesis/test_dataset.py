"""Synthetic data sets: contents and geometry, resuming, refusals, and that nothing depends on who makes them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nnunet_spine.plumbing.datasets import RawDataset, find_raw_dataset, read_raw_dataset
from nnunet_spine.synth import PRESETS
from nnunet_spine.synth.config import NoiseConfig
from nnunet_spine.synth.config.files import load
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synthesis import SynthesisOptions, case, dataset, synthesize_dataset
from nnunet_spine.synthesis.volume import seed_of

from .conftest import LABELS, write_dataset

OPTIONS = SynthesisOptions(PRESETS["spine"], per_case=2, seed=7)
NAMES = [f"{name}_synth00{k}" for name in ("1_t1", "1_t2", "2_t1") for k in range(2)]


def contents(folder: Path) -> dict[str, bytes]:
    """Every image and label file."""
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(folder.glob("*Tr/*"))}


def test_it_is_a_raw_data_set_in_the_geometry_of_its_source(source: RawDataset, nnunet: Path):
    folder = synthesize_dataset(source, 601, OPTIONS)
    assert folder == nnunet / "raw" / "Dataset601_BlocksSynth"
    made = read_raw_dataset(folder)
    assert [one.name for one in made.cases()] == NAMES
    originals = {one.name: one for one in source.cases()}
    for one in made.cases():
        original = originals[one.name.rpartition("_")[0]]
        image, labels = nib.load(one.images[0]), nib.load(one.label)
        reference = nib.load(original.images[0])
        for file in (image, labels):
            assert file.shape == reference.shape
            np.testing.assert_allclose(file.affine, reference.affine, atol=1e-6)
            assert nib.aff2axcodes(file.affine) == nib.aff2axcodes(reference.affine)
        assert (image.get_data_dtype(), labels.get_data_dtype()) == (np.int16, np.uint8)
        voxels = np.asarray(image.dataobj)
        assert (voxels.min() >= 0, voxels.max()) == (True, 4095)
        assert set(np.unique(labels.dataobj)) <= set(LABELS.values())


def test_records_say_how_it_was_made(source: RawDataset, nnunet: Path):
    folder = synthesize_dataset(source, 601, OPTIONS)
    description = json.loads((folder / "dataset.json").read_text())
    assert description["labels"] == LABELS
    assert (description["numTraining"], description["licence"], description["name"]) == (6, "CC0", folder.name)
    assert load(folder / "synthesis.yaml") == OPTIONS.config
    manifest = json.loads((folder / "synthesis.json").read_text())
    assert manifest["settings"]["seed"] == 7
    seeds = {record["image"]: record["seed"] for record in manifest["images"]}
    assert seeds == {name: seed_of(7, name.rpartition("_")[0], int(name[-1])) for name in NAMES}
    splits = json.loads((folder / "splits_final.json").read_text())
    assert splits == json.loads((nnunet / "preprocessed" / folder.name / "splits_final.json").read_text())
    assert sorted(name for fold in splits for name in fold["val"]) == NAMES
    assert not list((nnunet / "raw").glob(".*"))


def test_copies_differ_from_each_other_and_from_the_source(source: RawDataset):
    folder = synthesize_dataset(source, 601, OPTIONS)
    for kind in ("imagesTr", "labelsTr"):
        assert len({path.read_bytes() for path in (folder / kind).iterdir()}) == 6


def test_processes_other_cases_and_further_copies_change_nothing(source: RawDataset, nnunet: Path):
    serial = contents(synthesize_dataset(source, 601, OPTIONS))
    assert contents(synthesize_dataset(source, 602, OPTIONS, processes=2)) == serial
    fewer = write_dataset(nnunet / "raw" / "Dataset502_Fewer", ("1_t1",))
    alone = contents(synthesize_dataset(fewer, 603, replace(OPTIONS, per_case=1)))
    assert len(alone) == 2
    assert alone.items() <= serial.items()


@pytest.mark.parametrize("when", [1, 3, 6])
def interrupt(options: SynthesisOptions, source: RawDataset, number: int, when: int) -> None:
    """Start a data set and end as if killed while the given image, from 1, is recorded: its files are there by then."""
    write, left = case.write_json, iter(range(1, when))

    def killed(path: Path, record: dict) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        write(path, record)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(case, "write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            synthesize_dataset(source, number, options)


@pytest.mark.parametrize("when", [1, 3, 6])
def test_an_interrupted_run_goes_on(when: int, source: RawDataset, nnunet: Path, monkeypatch: pytest.MonkeyPatch):
    expected = contents(synthesize_dataset(source, 601, OPTIONS))
    interrupt(OPTIONS, source, 602, when)
    assert not (nnunet / "raw" / "Dataset602_BlocksSynth").exists()
    if when > 1:  # without a finished image nothing is kept
        (nnunet / "raw" / ".Dataset602.synthesis" / "imagesTr" / ".half.tmp").touch()
    write, written = case.write_json, []
    monkeypatch.setattr(case, "write_json", lambda path, record: (written.append(record["image"]), write(path, record)))
    assert contents(synthesize_dataset(source, 602, OPTIONS)) == expected
    assert written == NAMES[when - 1 :]
    assert not list((nnunet / "raw").glob(".*"))


def killed_at_rename(source: RawDataset, number: int, error: type[BaseException], before: bool) -> None:
    """Make a data set, and end right before or right after it gets its name."""
    rename = Path.rename

    def stop(self: Path, target: Path) -> Path:
        if not before:
            rename(self, target)
        raise error("stopped")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", stop)
        with pytest.raises((error, ValueError), match="stopped"):
            synthesize_dataset(source, number, OPTIONS)


def files(folder: Path) -> set[str]:
    """Whatever is in a data set."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_images_outlive_a_data_set_that_cannot_get_its_name(
    error: type[BaseException], source: RawDataset, nnunet: Path, monkeypatch: pytest.MonkeyPatch
):
    made = synthesize_dataset(source, 601, OPTIONS)
    killed_at_rename(source, 602, error, before=True)
    assert not (nnunet / "raw" / "Dataset602_BlocksSynth").exists()
    monkeypatch.setattr(dataset, "synthesise_case", lambda job: pytest.fail("nothing is to be made"))
    again = synthesize_dataset(source, 602, OPTIONS)
    assert contents(again) == contents(made)
    assert files(again) == files(made)
    assert not list((nnunet / "raw").glob(".*"))


def test_a_run_that_is_killed_as_the_data_set_has_its_name_leaves_it_whole(source: RawDataset, nnunet: Path):
    made = synthesize_dataset(source, 601, OPTIONS)
    killed_at_rename(source, 602, KeyboardInterrupt, before=False)
    left = nnunet / "raw" / "Dataset602_BlocksSynth"
    assert contents(left) == contents(made)
    assert len(read_raw_dataset(left).cases()) == 6
    assert files(left) > files(made)
    (left / "records" / "mine.txt").write_text("mine")
    synthesize_dataset(source, 602, OPTIONS)
    assert files(left) == files(made) | {"records", "records/mine.txt"}
    (left / "records" / "mine.txt").unlink()
    synthesize_dataset(source, 602, OPTIONS)
    assert files(left) == files(made)


def test_a_damaged_file_of_an_interrupted_run_is_made_again(source: RawDataset, nnunet: Path):
    expected = contents(synthesize_dataset(source, 601, OPTIONS))
    interrupt(OPTIONS, source, 602, when=6)
    partial = nnunet / "raw" / ".Dataset602.synthesis"
    (partial / "imagesTr" / "1_t1_synth000_0000.nii.gz").write_bytes(b"cut off")
    (partial / "labelsTr" / "1_t2_synth001.nii.gz").unlink()
    (partial / "records" / "1_t2_synth000.json").write_text("{")
    assert contents(synthesize_dataset(source, 602, OPTIONS)) == expected


def test_a_second_run_does_nothing(source: RawDataset, nnunet: Path, monkeypatch: pytest.MonkeyPatch):
    folder = synthesize_dataset(source, 601, OPTIONS)
    splits = nnunet / "preprocessed" / folder.name / "splits_final.json"
    splits.unlink()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    monkeypatch.setattr(dataset, "synthesise_case", lambda job: pytest.fail("nothing is to be made"))
    assert synthesize_dataset(source, 601, OPTIONS) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert splits.is_file()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 8}, "seed: 7 -> 8"),
        ({"per_case": 3}, "per_case: 2 -> 3"),
        ({"dim": "2d"}, "dim: '3d' -> '2d'"),
        (
            {"config": replace(OPTIONS.config, noise=NoiseConfig(sigma=uniform(0, 0.5)))},
            r"recipe\.noise\.sigma: .*0\.5",
        ),
    ],
)
def test_other_settings_are_refused(changes: dict, message: str, source: RawDataset):
    other = replace(OPTIONS, **changes)
    folder = synthesize_dataset(source, 601, OPTIONS)
    before = contents(folder)
    with pytest.raises(ValueError, match=f"is another data set.*\n  {message}"):
        synthesize_dataset(source, 601, other)
    assert contents(folder) == before
    interrupt(OPTIONS, source, 602, when=2)
    with pytest.raises(ValueError, match=f"interrupted run with other settings.*\n  {message}"):
        synthesize_dataset(source, 602, other)


def test_an_interrupted_run_without_images_binds_to_nothing(source: RawDataset, nnunet: Path):
    interrupt(OPTIONS, source, 601, when=1)
    assert not list((nnunet / "raw").glob(".*"))
    assert synthesize_dataset(source, 601, replace(OPTIONS, per_case=1)).is_dir()


def test_what_changed_since_is_told(source: RawDataset, nnunet: Path):
    folder = synthesize_dataset(source, 601, OPTIONS)
    (folder / "labelsTr" / "1_t2_synth001.nii.gz").unlink()
    file = source.cases()[0].images[0]
    file.write_bytes(source.cases()[1].images[0].read_bytes())
    with pytest.raises(ValueError, match=r"(?s)1_t1: changed in the source.*1_t2_synth001: missing or changed"):
        synthesize_dataset(source, 601, OPTIONS)
    (nnunet / "raw" / source.name / "imagesTr" / "2_t1_0000.nii.gz").unlink()
    with pytest.raises(ValueError, match="2_t1: no longer in the source"):
        synthesize_dataset(source, 601, OPTIONS)


def test_a_folder_of_others_is_left_alone(source: RawDataset, nnunet: Path):
    with pytest.raises(ValueError, match=r"no readable synthesis\.json, so it was not made by nnunet-spine synthesize"):
        synthesize_dataset(source, 501, OPTIONS, name="Blocks")
    with pytest.raises(ValueError, match="data set id 501 is taken"):
        synthesize_dataset(source, 501, OPTIONS)
    (nnunet / "preprocessed" / "Dataset601_BlocksSynth").mkdir(parents=True)
    (nnunet / "preprocessed" / "Dataset601_BlocksSynth" / "splits_final.json").write_text("[]")
    with pytest.raises(ValueError, match="holds other splits"):
        synthesize_dataset(source, 601, OPTIONS)
    assert [folder.name for folder in (nnunet / "raw").iterdir()] == [source.name]


@pytest.mark.parametrize("number", [0, 1000, -1])
def test_an_impossible_id_is_refused(number: int, source: RawDataset):
    with pytest.raises(ValueError, match="data set id: expected 1 to 999"):
        synthesize_dataset(source, number, OPTIONS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"per_case": 0}, "at least 1"), ({"dim": "4d"}, "expected 3d or 2d, got '4d'"), ({"seed": -1}, "0 or more")],
)
def test_impossible_options_are_refused(changes: dict, message: str):
    with pytest.raises(ValueError, match=message):
        replace(OPTIONS, **changes)


def test_several_channels_are_refused(nnunet: Path):
    two = write_dataset(nnunet / "raw" / "Dataset502_Two", channel_names={"0": "T1", "1": "T2"})
    with pytest.raises(ValueError, match="expected data of 1 channel, got 2"):
        synthesize_dataset(two, 601, OPTIONS)


@pytest.mark.parametrize("processes", [1, 2])
def test_an_unusable_file_is_named_and_what_is_finished_is_kept(processes: int, source: RawDataset, nnunet: Path):
    bad = source.cases()[2].images[0]
    good = bad.read_bytes()
    image = nib.load(bad)
    data = image.get_fdata(dtype=np.float32)
    data[1, 1, 1] = np.nan
    nib.save(nib.Nifti1Image(data, image.affine), bad)
    with pytest.raises(ValueError, match=r"2_t1_0000\.nii\.gz: expected finite intensities"):
        synthesize_dataset(source, 601, OPTIONS, processes=processes)
    assert (nnunet / "raw" / ".Dataset601.synthesis").is_dir()
    bad.write_bytes(good)
    assert len(contents(synthesize_dataset(source, 601, OPTIONS, processes=processes))) == 12


def test_labels_may_be_missing_nowhere(source: RawDataset):
    source.cases()[0].label.unlink()
    with pytest.raises(ValueError, match=r"files of training cases are missing: .*1_t1\.nii\.gz"):
        synthesize_dataset(find_raw_dataset(501), 601, OPTIONS)


def test_the_variables_are_needed(source: RawDataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("nnUNet_preprocessed")
    with pytest.raises(ValueError, match="nnUNet_preprocessed not set"):
        synthesize_dataset(source, 601, OPTIONS)
