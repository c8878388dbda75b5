"""The conversion as a whole: what it writes, and that a second run, an interruption or another run harm nothing."""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nnunet_spine.cli import main
from nnunet_spine.dataset_conversion import ConversionOptions, convert, convert_spider
from nnunet_spine.dataset_conversion import case as case_module
from nnunet_spine.dataset_conversion.provenance import fingerprint
from nnunet_spine.dataset_conversion.reading import read_volume
from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.labels import scheme_of

Contents = Callable[[Path], set[str]]


def array(path: Path) -> np.ndarray:
    return np.asanyarray(nib.load(path).dataobj)


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text())


def cases(folder: Path) -> dict[str, dict]:
    return {record["case"]: record for record in manifest(folder)["cases"]}


def test_layout(small, nnunet: Path, contents: Contents):
    folder = convert_spider(small.root, 501)
    assert folder == nnunet / "raw" / "Dataset501_SpineSPIDER4"
    training = {"1_t1", "1_t2", "2_t2", "10_t1"}
    assert contents(nnunet) == {
        *(f"raw/{folder.name}/imagesTr/{case}_0000.nii.gz" for case in training),
        *(f"raw/{folder.name}/labelsTr/{case}.nii.gz" for case in training),
        f"raw/{folder.name}/imagesTs/3_t2_SPACE_0000.nii.gz",
        f"raw/{folder.name}/labelsTs/3_t2_SPACE.nii.gz",
        *(
            f"raw/{folder.name}/{name}"
            for name in ("dataset.json", "manifest.json", "manifest.csv", "splits_final.json")
        ),
        f"preprocessed/{folder.name}/splits_final.json",
    }


def test_both_conventions_become_one(small, nnunet: Path, anatomy, spine):
    folder = convert_spider(small.root, 501)
    lookup = scheme_of("4class").lookup()
    for case in ("1_t1", "1_t2"):
        image, label = folder / f"imagesTr/{case}_0000.nii.gz", folder / f"labelsTr/{case}.nii.gz"
        np.testing.assert_array_equal(array(image), anatomy.data)
        np.testing.assert_array_equal(array(label), lookup[spine.data])
        for path in (image, label):
            np.testing.assert_allclose(nib.load(path).affine, spine.affine, atol=1e-4)
    found = cases(folder)
    assert [found[case]["orientation_found"] for case in ("1_t1", "1_t2")] == ["LPS", "PIR"]
    assert [found[case]["intensity_floor"] for case in ("1_t1", "1_t2")] == [-1000, 0]
    assert [found[case]["intensity_clipped"] for case in ("1_t1", "1_t2")] == [0, 0]


def test_files_are_recorded_as_they_were_when_they_were_read(small, nnunet: Path, monkeypatch: pytest.MonkeyPatch):
    before = {path: fingerprint(path) for path in (small.root / "images").iterdir()}

    def read_and_change(path: Path) -> Volume:
        volume = read_volume(path)
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**9))
        return volume

    monkeypatch.setattr(case_module, "read_volume", read_and_change)
    found = cases(convert_spider(small.root, 501))
    assert len(found) == len(before)
    for name, record in found.items():
        image = small.root / "images" / f"{name}.mha"
        assert record["sources"].keys() == {f"images/{image.name}", f"masks/{image.name}"}
        assert record["sources"][f"images/{image.name}"] == before[image]


def test_undershoot_is_no_floor(spider, nnunet: Path, anatomy):
    data = anatomy.data.copy()
    data[3, 5, 5] = -37
    spider.add("1_t1", image=data, floor=0)
    spider.overview({"1_t1": "training"})
    folder = convert_spider(spider.root, 501)
    np.testing.assert_array_equal(array(folder / "imagesTr/1_t1_0000.nii.gz"), data.clip(0))
    record = cases(folder)["1_t1"]
    assert (record["intensity_floor"], record["intensity_clipped"]) == (0, 1)
    (row,) = csv.DictReader((folder / "manifest.csv").open(newline=""))
    assert row["intensity_clipped"] == "1"


def test_the_default_of_extra_levels_may_be_given_in_every_scheme(small, nnunet: Path):
    command = ["convert", str(small.root), "-d", "501", "--processes", "1"]
    assert main([*command, "--extra-levels", "ignore"]) == 0
    assert manifest(nnunet / "raw" / "Dataset501_SpineSPIDER4")["settings"]["extra_levels"] is None
    assert main(command) == 0, "the same data set"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, {7: 14, 207: 14}),
        ("ignore", {7: 14, 207: 14}),
        ("background", {7: 0, 207: 0}),
        ("merge", {7: 6, 207: 12}),
    ],
)
def test_levels_above_the_sixth(policy: str | None, expected: dict, spider, nnunet: Path, spine):
    mask = spine.data.copy()
    mask[mask == 3], mask[mask == 203] = 7, 207
    spider.add("1_t1", mask=mask)
    spider.overview({"1_t1": "training"})
    folder = convert_spider(spider.root, 502, "14class", options=ConversionOptions(extra_levels=policy))
    label = array(folder / "labelsTr/1_t1.nii.gz")
    for value, wanted in ({1: 1, 2: 2, 201: 7, 202: 8, 100: 13} | expected).items():
        assert set(label[mask == value]) == {wanted}
    names = json.loads((folder / "dataset.json").read_text())["labels"]
    assert names.get("ignore") == (14 if policy in (None, "ignore") else None)
    assert cases(folder)["1_t1"]["voxels_per_label"] == {
        name: int((label == value).sum()) for name, value in names.items() if value
    }
    assert {
        entry["value"]: names[entry["label"]] for entry in cases(folder)["1_t1"]["remapped"]
    }.items() >= expected.items()


def test_the_erroneous_scheme_reproduces_its_empty_classes(small, nnunet: Path):
    folder = convert_spider(small.root, 503, "report-erroneous")
    voxels = cases(folder)["1_t1"]["voxels_per_label"]
    empty = [name for name, value in scheme_of("report-erroneous").dataset_labels().items() if 8 <= value <= 12]
    assert [voxels[name] for name in empty] == [0] * 5
    spider = {entry["value"]: entry["label"] for entry in cases(folder)["1_t1"]["remapped"]}
    assert (spider[1], spider[201], spider[100]) == ("canal", "vertebra_L5", "disc_L5_S1")


def test_dataset_json_says_what_nnunet_and_people_need(small, nnunet: Path):
    content = json.loads((convert_spider(small.root, 501) / "dataset.json").read_text())
    assert content["labels"] == {"background": 0, "vertebrae": 1, "canal": 2, "discs": 3}
    assert content["numTraining"] == 4
    assert content["channel_names"] == {"0": "MRI"}
    assert content["overwrite_image_reader_writer"] == "NibabelIOWithReorient"
    assert content["licence"] == "CC BY 4.0"
    assert "Scientific Data" in content["reference"]


def test_nnunet_normalises_the_channel_by_z_score():
    from nnunetv2.preprocessing.normalization.map_channel_name_to_normalization import get_normalization_scheme

    from nnunet_spine.dataset_conversion.nnunet_raw import CHANNEL

    assert get_normalization_scheme(CHANNEL).__name__ == "ZScoreNormalization"


def test_trimming_moves_the_geometry_along(small, nnunet: Path, anatomy, spine):
    folder = convert_spider(small.root, 504, options=ConversionOptions(trim_slices=True))
    image = nib.load(folder / "imagesTr/1_t2_0000.nii.gz")
    np.testing.assert_array_equal(array(folder / "imagesTr/1_t2_0000.nii.gz"), anatomy.data[2:4])
    np.testing.assert_allclose(image.affine @ (0, 0, 0, 1), spine.affine @ (2, 0, 0, 1), atol=1e-4)
    assert cases(folder)["1_t2"]["slices_kept"] == [2, 4]
    assert cases(folder)["3_t2_SPACE"]["slices_kept"] == [0, 6], "test volumes stay whole"
    assert array(folder / "imagesTs/3_t2_SPACE_0000.nii.gz").shape == anatomy.data.shape


def test_choices_of_sequence_and_subset(small, nnunet: Path, contents: Contents):
    options = ConversionOptions(sequences=("t1",), subset="training")
    folder = convert_spider(small.root, 505, options=options, name="OnlyT1")
    assert folder.name == "Dataset505_OnlyT1"
    assert set(cases(folder)) == {"1_t1", "10_t1"}
    assert {Path(name).parts[0] for name in contents(folder) if "/" in name} == {"imagesTr", "labelsTr"}


def test_the_manifest_tells_of_source_and_table(small, nnunet: Path):
    folder = convert_spider(small.root, 501)
    content = manifest(folder)
    assert content["notes"] == ["overview.csv lists 1 series whose files are not here"]
    assert [record["case"] for record in content["cases"]] == ["1_t1", "1_t2", "2_t2", "3_t2_SPACE", "10_t1"]
    record = cases(folder)["1_t2"]
    assert (record["patient"], record["sequence"], record["subset"]) == ("1", "t2", "training")
    assert (record["shape_found"], record["shape"]) == ([10, 24, 6], [6, 10, 24])
    assert record["spacing_mm"] == [3.0, 0.8, 0.7]
    assert set(record["sources"]) == {"images/1_t2.mha", "masks/1_t2.mha"}
    rows = list(csv.DictReader((folder / "manifest.csv").open(newline="")))
    assert [row["case"] for row in rows] == [record["case"] for record in content["cases"]]
    assert rows[0]["vertebrae"] == str(record["voxels_per_label"]["vertebrae"])


def test_splits_lie_where_nnunet_reads_them(small, nnunet: Path):
    folder = convert_spider(small.root, 501)
    paths = [folder / "splits_final.json", nnunet / "preprocessed" / folder.name / "splits_final.json"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    splits = json.loads(paths[1].read_text())
    assert sorted(name for fold in splits for name in fold["val"]) == sorted(["1_t1", "1_t2", "2_t2", "10_t1"])
    assert all({"1_t1", "1_t2"} <= set(fold["val"]) or {"1_t1", "1_t2"} <= set(fold["train"]) for fold in splits)


def test_one_patient_gets_no_splits(spider, nnunet: Path):
    spider.add("1_t1")
    spider.overview({"1_t1": "training"})
    folder = convert_spider(spider.root, 501)
    assert not (folder / "splits_final.json").exists()
    assert not (nnunet / "preprocessed").exists()


def test_processes_change_nothing(small, nnunet: Path, contents: Contents):
    one, two = convert_spider(small.root, 501, name="a"), convert_spider(small.root, 502, name="b", processes=2)
    for name in contents(one) - {"dataset.json"}:
        assert (one / name).read_bytes() == (two / name).read_bytes()


def snapshot(root: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_mtime_ns, p.stat().st_ino) for p in root.rglob("*")}


def test_a_second_run_does_nothing(small, nnunet: Path, capsys):
    command = ["convert", str(small.root), "-d", "501", "--processes", "1"]
    assert main(command) == 0
    before = snapshot(nnunet)
    capsys.readouterr()
    assert main(command) == 0
    after = {path: state for path, state in snapshot(nnunet).items() if not path.endswith("raw")}
    assert after == {path: state for path, state in before.items() if not path.endswith("raw")}
    # A touched file with the same content is the same file.
    os.utime(small.root / "images" / "1_t1.mha")
    convert_spider(small.root, 501)


def test_a_second_run_puts_lost_splits_back(small, nnunet: Path):
    folder = convert_spider(small.root, 501)
    shutil.rmtree(nnunet / "preprocessed")
    convert_spider(small.root, 501)
    path = nnunet / "preprocessed" / folder.name / "splits_final.json"
    assert path.read_bytes() == (folder / "splits_final.json").read_bytes()


def change_settings(small):
    return {"options": ConversionOptions(trim_slices=True)}, "trim_slices: False there, True asked for"


def change_scheme(small):
    return {"scheme": "14class", "name": "SpineSPIDER4"}, "scheme: 4class there, 14class asked for"


def change_file(small):
    small.add("1_t1", floor=0)
    return {}, "images/1_t1.mha: changed in the source"


def add_series(small):
    small.add("2_t1")
    small.overview(dict.fromkeys(("1_t1", "1_t2", "2_t1", "2_t2", "10_t1"), "training") | {"3_t2_SPACE": "validation"})
    return {}, "2_t1: new in the source"


def remove_series(small):
    for folder in ("images", "masks"):
        (small.root / folder / "10_t1.mha").unlink()
    return {}, "10_t1: no longer in the source"


def change_subset(small):
    small.overview(dict.fromkeys(("1_t1", "1_t2", "2_t2", "10_t1", "3_t2_SPACE"), "training"))
    return {}, "3_t2_SPACE: subset validation there, training in the source"


CHANGES = [change_settings, change_scheme, change_file, add_series, remove_series, change_subset]


@pytest.mark.parametrize("change", CHANGES)
def test_a_different_data_set_is_refused_with_the_difference(change, small, nnunet: Path):
    convert_spider(small.root, 501)
    before = snapshot(nnunet)
    arguments, message = change(small)
    with pytest.raises(ValueError, match="is another data set") as error:
        convert_spider(small.root, 501, **arguments)
    assert message in str(error.value)
    assert {p: s for p, s in snapshot(nnunet).items() if p not in (str(nnunet / "raw"),)} == {
        p: s for p, s in before.items() if p not in (str(nnunet / "raw"),)
    }


def test_a_damaged_data_set_is_told(small, nnunet: Path):
    folder = convert_spider(small.root, 501)
    (folder / "labelsTr/1_t1.nii.gz").unlink()
    with pytest.raises(ValueError, match=r"labelsTr/1_t1.nii.gz: missing or changed"):
        convert_spider(small.root, 501)


@pytest.mark.parametrize("where", ["raw", "preprocessed", "results"])
def test_an_id_in_use_is_refused(where: str, small, nnunet: Path):
    (nnunet / where / "Dataset501_Heart").mkdir(parents=True)
    with pytest.raises(ValueError, match=f"id 501 is taken: .*{where}.*Dataset501_Heart"):
        convert_spider(small.root, 501)
    assert not list((nnunet / "raw").glob("**/*SPIDER*"))


def test_a_foreign_data_set_of_the_same_name_is_refused(small, nnunet: Path):
    (nnunet / "raw" / "Dataset501_SpineSPIDER4").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"no readable manifest.json, so it was not made by nnunet-spine convert"):
        convert_spider(small.root, 501)


def test_other_splits_are_refused_and_kept(small, nnunet: Path):
    path = nnunet / "preprocessed" / "Dataset501_SpineSPIDER4" / "splits_final.json"
    path.parent.mkdir(parents=True)
    path.write_text("[]")
    with pytest.raises(ValueError, match="holds other splits"):
        convert_spider(small.root, 501)
    assert path.read_text() == "[]"
    assert not (nnunet / "raw" / "Dataset501_SpineSPIDER4").exists()


@pytest.mark.parametrize("dataset_id", [0, 1000, -1])
def test_ids_have_three_digits(dataset_id: int, small, nnunet: Path):
    with pytest.raises(ValueError, match="expected 1 to 999"):
        convert_spider(small.root, dataset_id)


@pytest.mark.parametrize("name", ["", "a b", "../x", "a__b", "_a", "Dataset501_x", "ä"])
def test_names_that_break_things_are_refused(name: str, small, nnunet: Path):
    with pytest.raises(ValueError, match="data set name: expected"):
        convert_spider(small.root, 501, name=name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scheme": "5class"}, "label scheme: expected one of 4class"),
        ({"options": ConversionOptions(extra_levels="merge")}, "4class does not number levels"),
        ({"scheme": "14class", "options": ConversionOptions(extra_levels="drop")}, "extra levels: expected ignore"),
        ({"processes": 0}, "processes: expected at least 1"),
    ],
)
def test_impossible_choices(arguments: dict, message: str, small, nnunet: Path):
    with pytest.raises(ValueError, match=message):
        convert_spider(small.root, 501, **arguments)
    assert not list(nnunet.glob("raw/Dataset*"))


@pytest.mark.parametrize("choice", [{"sequences": ("t3",)}, {"sequences": ()}, {"sequences": "t1"}, {"subset": "test"}])
def test_unknown_sequences_and_subsets(choice: dict):
    with pytest.raises(ValueError, match="expected"):
        ConversionOptions(**choice)


def test_variables_that_are_not_set(small, monkeypatch: pytest.MonkeyPatch):
    for name in ("nnUNet_raw", "nnUNet_preprocessed"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match="nnUNet_raw and nnUNet_preprocessed not set"):
        convert_spider(small.root, 501)


def test_an_interrupted_run_goes_on(small, nnunet: Path, contents: Contents, monkeypatch: pytest.MonkeyPatch):
    done = []

    def twice(job):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(job.series.case)
        return real(job)

    real = convert.convert_case
    monkeypatch.setattr(convert, "convert_case", twice)
    command = ["convert", str(small.root), "-d", "501", "--processes", "1"]
    assert main(command) == 130
    assert not (nnunet / "raw" / "Dataset501_SpineSPIDER4").exists()
    monkeypatch.setattr(convert, "convert_case", lambda job: done.append(job.series.case) or real(job))
    assert main(command) == 0
    assert sorted(done) == ["10_t1", "1_t1", "1_t2", "2_t2", "3_t2_SPACE"], "each once"
    assert len(contents(nnunet / "raw" / "Dataset501_SpineSPIDER4")) == 14
    assert {path.name for path in (nnunet / "raw").iterdir()} == {"Dataset501_SpineSPIDER4"}


KILL_ITSELF = """
import gzip, os, signal, sys
from nnunet_spine.cli import main
write, calls = gzip.GzipFile.write, []
def deadly(self, data):
    calls.append(1)
    if len(calls) == 60:
        os.kill(os.getpid(), signal.SIGKILL)
    return write(self, data)
gzip.GzipFile.write = deadly
main(sys.argv[1:])
"""


def test_a_killed_run_leaves_nothing_that_looks_whole_and_goes_on(small, nnunet: Path, contents: Contents):
    clean = convert_spider(small.root, 502, name="clean")
    command = ["convert", str(small.root), "-d", "501", "--name", "clean", "--processes", "1"]
    killed = subprocess.run([sys.executable, "-c", KILL_ITSELF, *command], capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    staged = nnunet / "raw" / ".Dataset501.partial"
    assert any(name.endswith(".tmp") for name in contents(staged)), "killed while writing"
    assert contents(staged / "records"), "killed after a case was finished"
    assert not (nnunet / "raw" / "Dataset501_clean").exists()
    assert main(command) == 0
    folder = nnunet / "raw" / "Dataset501_clean"
    assert contents(folder) == contents(clean)
    assert all(
        (folder / name).read_bytes() == (clean / name).read_bytes() for name in contents(clean) - {"dataset.json"}
    )
    assert {path.name for path in (nnunet / "raw").iterdir()} == {"Dataset501_clean", "Dataset502_clean"}


def test_what_was_staged_with_other_settings_is_made_again(small, nnunet: Path, monkeypatch: pytest.MonkeyPatch):
    real = convert.Staging.publish
    monkeypatch.setattr(convert.Staging, "publish", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        convert_spider(small.root, 501, "14class")
    shutil.rmtree(nnunet / "preprocessed")
    monkeypatch.setattr(convert.Staging, "publish", real)
    folder = convert_spider(small.root, 501)
    assert array(folder / "labelsTr/1_t1.nii.gz").max() == 3


def test_two_runs_at_once(small, nnunet: Path, contents: Contents):
    command = [
        sys.executable,
        "-c",
        "import sys; from nnunet_spine.cli import main; sys.exit(main(sys.argv[1:]))",
        "convert",
    ]
    runs = [
        subprocess.Popen([*command, str(small.root), "-d", "501", "--processes", "1"], stdout=-1, stderr=-1, text=True)
        for _ in range(2)
    ]
    ends = [(*run.communicate(), run.returncode) for run in runs]
    assert 0 in [code for *_, code in ends]
    for out, err, code in ends:
        assert code == 0 or "another process is working on data set 501" in err, (out, err)
    assert {path.name for path in (nnunet / "raw").iterdir()} == {"Dataset501_SpineSPIDER4"}
    assert len(contents(nnunet / "raw" / "Dataset501_SpineSPIDER4")) == 14


def test_a_full_disk_is_told_and_leaves_no_data_set(small, nnunet: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(gzip.GzipFile, "write", full)
        with pytest.raises(ValueError, match=r"could not write: .*No space left on device: .*1_t1_0000.nii.gz.$"):
            convert_spider(small.root, 501)
        patch.undo()
        patch.setattr(convert.Staging, "publish", full)
        with pytest.raises(ValueError, match=r"No space left on device; what is finished is kept, run again to go on$"):
            convert_spider(small.root, 501)
    assert not list((nnunet / "raw").glob("Dataset*"))
    convert_spider(small.root, 501)


def test_conversion_does_not_import_torch():
    code = "import sys, nnunet_spine.dataset_conversion; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_check_only_writes_nothing(small, nnunet: Path):
    assert main(["convert", str(small.root), "--check-only", "--processes", "1"]) == 0
    assert not nnunet.exists()


def test_a_conversion_needs_an_id(small, nnunet: Path, capsys):
    assert main(["convert", str(small.root), "--processes", "1"]) == 2
    assert "a data set needs an id: give -d ID" in capsys.readouterr().err
    assert not nnunet.exists()


def test_a_place_for_splits_that_cannot_be_written_is_told_before_the_work(
    small, nnunet: Path, monkeypatch: pytest.MonkeyPatch
):
    nnunet.mkdir()
    (nnunet / "preprocessed").write_text("a file")
    monkeypatch.setattr(convert, "convert_case", lambda job: pytest.fail("work was done"))
    with pytest.raises(ValueError, match=r"could not write: .*preprocessed'$"):
        convert_spider(small.root, 501)


def test_a_literal_tilde_is_refused(small, nnunet: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("nnUNet_raw", "~/raw")
    with pytest.raises(ValueError, match=r"nnUNet_raw=~/raw: nnU-Net takes the ~ for the name of a folder"):
        convert_spider(small.root, 501)
    assert not (tmp_path / "~").exists()


def test_other_splits_are_told_before_the_work(small, nnunet: Path, monkeypatch: pytest.MonkeyPatch):
    path = nnunet / "preprocessed" / "Dataset501_SpineSPIDER4" / "splits_final.json"
    path.parent.mkdir(parents=True)
    path.write_text("no JSON")
    monkeypatch.setattr(convert, "convert_case", lambda job: pytest.fail("work was done"))
    with pytest.raises(ValueError, match="holds other splits"):
        convert_spider(small.root, 501)


def interrupt_publishing(monkeypatch: pytest.MonkeyPatch, source: Path, **arguments: object) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(convert.Staging, "publish", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            convert_spider(source, 501, **arguments)


def test_nothing_stale_is_published(small, nnunet: Path, contents: Contents, monkeypatch: pytest.MonkeyPatch):
    interrupt_publishing(monkeypatch, small.root)
    shutil.rmtree(nnunet / "preprocessed")
    folder = convert_spider(small.root, 501, options=ConversionOptions(subset="validation"))
    assert contents(folder) == {
        "imagesTs/3_t2_SPACE_0000.nii.gz",
        "labelsTs/3_t2_SPACE.nii.gz",
        *("dataset.json", "manifest.json", "manifest.csv"),
    }


def test_damaged_records_and_outputs_are_made_again(small, nnunet: Path, contents: Contents, monkeypatch):
    clean = convert_spider(small.root, 502, name="clean")
    interrupt_publishing(monkeypatch, small.root, name="clean")
    staged = nnunet / "raw" / ".Dataset501.partial"
    (staged / "records" / "1_t1.json").write_text("")
    (staged / "labelsTr" / "1_t2.nii.gz").write_bytes(b"")
    folder = convert_spider(small.root, 501, name="clean")
    assert all(
        (folder / name).read_bytes() == (clean / name).read_bytes() for name in contents(clean) - {"dataset.json"}
    )
