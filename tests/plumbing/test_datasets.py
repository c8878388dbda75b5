"""Finding raw data sets: by id, name and folder, and errors that say what there is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnunet_spine.plumbing.datasets import find_raw_dataset, read_raw_dataset

DESCRIPTION = {"channel_names": {"0": "MRI"}, "labels": {"background": 0, "canal": 1}, "file_ending": ".nii.gz"}


def make(folder: Path, cases: tuple[str, ...] = ("b_t1", "a_t2"), **changes: object) -> Path:
    for case in cases:
        for file in (folder / "imagesTr" / f"{case}_0000.nii.gz", folder / "labelsTr" / f"{case}.nii.gz"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.json").write_text(json.dumps({**DESCRIPTION, **changes}))
    return folder


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("nnUNet_raw", str(tmp_path / "raw"))
    make(tmp_path / "raw" / "Dataset501_Spine")
    return tmp_path / "raw"


@pytest.mark.parametrize("which", ["501", 501, "Dataset501_Spine", "{raw}/Dataset501_Spine"])
def test_a_data_set_is_found(which: str | int, raw: Path):
    found = find_raw_dataset(which.format(raw=raw) if isinstance(which, str) else which)
    assert (found.name, found.labels) == ("Dataset501_Spine", DESCRIPTION["labels"])
    assert [(case.name, case.images[0].name, case.label.name) for case in found.cases()] == [
        ("a_t2", "a_t2_0000.nii.gz", "a_t2.nii.gz"),
        ("b_t1", "b_t1_0000.nii.gz", "b_t1.nii.gz"),
    ]


def test_a_folder_needs_no_variable(raw: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("nnUNet_raw")
    assert find_raw_dataset(raw / "Dataset501_Spine").cases()


def test_only_image_files_of_the_ending_are_cases(raw: Path):
    for name in (".a_0000.nii.gz.1.tmp", "c_0000.nii", "notes.txt", "d_00.nii.gz"):
        (raw / "Dataset501_Spine" / "imagesTr" / name).touch()
    assert [case.name for case in find_raw_dataset(501).cases()] == ["a_t2", "b_t1"]


def test_files_may_be_named_by_the_description(raw: Path):
    own = {"x": {"images": ["imagesTr/a_t2_0000.nii.gz"], "label": str(raw / "Dataset501_Spine/labelsTr/a_t2.nii.gz")}}
    other = make(raw / "Dataset502_Own", dataset=own)
    (case,) = read_raw_dataset(other).cases()
    assert case.images == (other / "imagesTr/a_t2_0000.nii.gz",)
    assert case.label == raw / "Dataset501_Spine/labelsTr/a_t2.nii.gz"


def test_cases_are_chosen_by_name(raw: Path):
    assert [case.name for case in find_raw_dataset(501).choose(["b_t1"])] == ["b_t1"]
    with pytest.raises(ValueError, match="no training case c; there are a_t2, b_t1"):
        find_raw_dataset(501).choose(["b_t1", "c"])


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ("502", "data set 502: not in .*; there is Dataset501_Spine"),
        ("Dataset502_Other", "data set Dataset502_Other: not in .*; there is Dataset501_Spine"),
        ("nowhere/at/all", "expected an id, a name DatasetXXX_NAME, or a folder that is there"),
        ("{raw}", "expected an nnU-Net raw data set, found no dataset.json"),
    ],
)
def test_what_is_not_there_is_told(which: str, message: str, raw: Path):
    with pytest.raises(ValueError, match=message):
        find_raw_dataset(which.format(raw=raw))


@pytest.mark.parametrize("which", ["1234", "Dataset1234_Spine"])
def test_ids_of_four_digits_are_ids(which: str, raw: Path):
    make(raw / "Dataset1234_Spine")
    assert find_raw_dataset(which).name == "Dataset1234_Spine"


def test_two_folders_of_one_id_are_told(raw: Path):
    make(raw / "Dataset501_Other")
    with pytest.raises(ValueError, match=r"2 folders .* have this id .*Dataset501_Other, Dataset501_Spine"):
        find_raw_dataset(501)


@pytest.mark.parametrize(("value", "message"), [("", "nnUNet_raw is not set"), ("/nowhere", "expected a folder")])
def test_the_variable_is_needed_for_an_id(value: str, message: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("nnUNet_raw", value)
    with pytest.raises(ValueError, match=message):
        find_raw_dataset(501)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "dataset.json: expected JSON"),
        ("[]", "lacks channel_names, labels, file_ending"),
        ('{"modality": {}}', "nnU-Net v2"),
    ],
)
def test_an_unusable_description_is_told(content: str, message: str, raw: Path):
    (raw / "Dataset501_Spine" / "dataset.json").write_text(content)
    with pytest.raises(ValueError, match=message):
        find_raw_dataset(501)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channel_names": ["MRI"]}, "channel_names: expected a name for each number"),
        ({"channel_names": {"MRI": "0"}}, "channel_names: expected a name for each number"),
        ({"labels": ["background", "canal"]}, "labels: expected for each name a whole number"),
        ({"labels": {"background": 0, "canal": "1"}}, "labels: expected for each name a whole number"),
        ({"labels": {"background": 0, "canal": 1.5}}, "labels: expected for each name a whole number"),
        ({"labels": {"background": 0, "canal": -1}}, "labels: expected for each name a whole number from 0 to 32767"),
        (
            {"labels": {"background": 0, "canal": 10**9}},
            "labels: expected for each name a whole number from 0 to 32767",
        ),
        ({"labels": {"background": 0, "canal": []}}, "labels: expected for each name a whole number"),
        ({"file_ending": 5}, "file_ending: expected a text such as .nii.gz, got 5"),
    ],
)
def test_a_description_of_other_types_is_told(changes: dict, message: str, raw: Path):
    make(raw / "Dataset501_Spine", **changes)
    with pytest.raises(ValueError, match=f"dataset.json: {message}"):
        find_raw_dataset(501)


def test_regions_are_labels(raw: Path):
    make(raw / "Dataset501_Spine", labels={"background": 0, "spine": [1, 2], "canal": 2})
    assert find_raw_dataset(501).labels["spine"] == [1, 2]


def test_missing_files_are_told(raw: Path):
    folder = raw / "Dataset501_Spine"
    (folder / "labelsTr" / "a_t2.nii.gz").unlink()
    with pytest.raises(ValueError, match=r"missing: .*labelsTr/a_t2\.nii\.gz"):
        find_raw_dataset(501).cases()
    (folder / "labelsTr" / "a_t2.nii.gz").touch()
    (folder / "imagesTr" / "b_t1_0001.nii.gz").touch()
    with pytest.raises(ValueError, match="expected 1 image of every case, got 2 of b_t1"):
        find_raw_dataset(501).cases()
    for file in folder.glob("imagesTr/*"):
        file.unlink()
    with pytest.raises(ValueError, match="expected training cases in imagesTr, found none"):
        find_raw_dataset(501).cases()


def test_several_channels_are_refused_where_one_is_needed(raw: Path):
    find_raw_dataset(501).require_one_channel()
    several = read_raw_dataset(make(raw / "Dataset503_Two", channel_names={"0": "T1", "1": "T2"}))
    with pytest.raises(ValueError, match="expected data of 1 channel, got 2"):
        several.require_one_channel()
