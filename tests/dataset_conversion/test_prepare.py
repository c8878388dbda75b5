"""Inputs for prediction: the source's own grid, the training images' intensities, one report of all problems."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from nnunetv2.imageio.nibabel_reader_writer import NibabelIOWithReorient

from nnunet_spine.cli import main
from nnunet_spine.dataset_conversion import InvalidInputError, convert_spider, prepare, prepare_inputs
from nnunet_spine.dataset_conversion.dicom import folder_names
from nnunet_spine.dataset_conversion.inputs import Source
from nnunet_spine.dataset_conversion.volume import Volume, canonical


@pytest.fixture
def scans(small, tmp_path: Path) -> Path:
    """A folder with the same anatomy as LPS with floor -1000 and as PIR with floor 0, in three formats."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for case, ending in (("1_t1", "mha"), ("1_t2", "nrrd"), ("3_t2_SPACE", "nii.gz")):
        image = sitk.ReadImage(str(small.root / "images" / f"{case}.mha"))
        sitk.WriteImage(image, str(folder / f"{case}.{ending}"), True)
    (folder / "notes.txt").write_text("no image")
    return folder


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def test_the_network_sees_the_same_in_both_conventions(
    scans: Path, small, nnunet: Path, tmp_path: Path, anatomy: Volume
):
    prepared = prepare_inputs(scans, tmp_path / "in")
    converted = sorted((convert_spider(small.root, 501) / "imagesTr").glob("1_t*"))
    arrays = [NibabelIOWithReorient().read_images([str(path)]) for path in (*prepared, *converted)]
    for array, properties in arrays:
        np.testing.assert_array_equal(array[0], anatomy.data.transpose())
        np.testing.assert_allclose(properties["spacing"], anatomy.grid.spacing_mm[::-1], rtol=1e-6)


def test_the_answer_lies_in_each_sources_own_geometry(scans: Path, tmp_path: Path, spine: Volume):
    for path in prepare_inputs(scans, tmp_path / "in"):
        reader = NibabelIOWithReorient()
        array, properties = reader.read_images([str(path)])
        seg = np.ascontiguousarray(spine.data.transpose())
        assert array.shape[1:] == seg.shape
        answer = tmp_path / "answer.nii.gz"
        reader.write_seg(seg, str(answer), properties)
        (source,) = scans.glob(path.name.removesuffix("_0000.nii.gz") + ".*")
        image, overlay = sitk.ReadImage(str(source)), sitk.ReadImage(str(answer))
        assert overlay.GetSize() == image.GetSize()
        for get in ("GetSpacing", "GetOrigin", "GetDirection"):
            np.testing.assert_allclose(getattr(overlay, get)(), getattr(image, get)(), atol=1e-4)
        found = nib.load(answer)
        np.testing.assert_array_equal(canonical(Volume(np.asanyarray(found.dataobj), found.affine)).data, spine.data)


def test_a_file_that_changes_while_it_is_read_is_not_taken_for_the_one_that_was(
    scans: Path, tmp_path: Path, monkeypatch
):
    def read_and_change(source: Source) -> Volume:
        volume = read(source)
        image = sitk.ReadImage(str(source.files[0]))
        sitk.WriteImage(image + 1, str(source.files[0]))
        return volume

    read = Source.read
    with monkeypatch.context() as patch:
        patch.setattr(Source, "read", read_and_change)
        prepare_inputs(scans / "1_t1.mha", tmp_path / "in")
    with pytest.raises(InvalidInputError, match="exists already and was made of something else"):
        prepare_inputs(scans / "1_t1.mha", tmp_path / "in")


def test_order_of_axes_is_the_sources(scans: Path, tmp_path: Path):
    codes = ["".join(nib.aff2axcodes(nib.load(path).affine)) for path in prepare_inputs(scans, tmp_path / "in")]
    assert codes == ["LPS", "PIR", "PIR"]


def test_a_second_run_keeps_what_is_there(scans: Path, tmp_path: Path):
    prepare_inputs(scans, tmp_path / "in")
    before = state(tmp_path / "in")
    assert len(prepare_inputs(scans, tmp_path / "in")) == 3
    after = state(tmp_path / "in")
    assert {n: s for n, s in after.items() if n.endswith(".gz")} == {
        n: s for n, s in before.items() if n.endswith(".gz")
    }
    assert (
        after.keys()
        == before.keys()
        == {"prepared.json", *(f"{c}_0000.nii.gz" for c in ("1_t1", "1_t2", "3_t2_SPACE"))}
    )


def test_the_same_files_elsewhere_are_the_same(scans: Path, tmp_path: Path):
    prepare_inputs(scans, tmp_path / "in")
    before = state(tmp_path / "in")["1_t1_0000.nii.gz"]
    shutil.copytree(scans, tmp_path / "moved", copy_function=shutil.copyfile)
    prepare_inputs(tmp_path / "moved", tmp_path / "in")
    assert state(tmp_path / "in")["1_t1_0000.nii.gz"] == before


def test_the_same_name_of_another_format_is_not_the_same(scans: Path, tmp_path: Path):
    prepare_inputs(scans / "1_t1.mha", tmp_path / "in")
    with pytest.raises(InvalidInputError, match=r"1_t1_0000.nii.gz exists already"):
        prepare_inputs((scans / "1_t2.nrrd").rename(scans / "1_t1.nrrd"), tmp_path / "in")


def test_new_images_are_added(scans: Path, tmp_path: Path):
    prepare_inputs(scans, tmp_path / "in")
    (scans / "new.nii.gz").write_bytes((scans / "3_t2_SPACE.nii.gz").read_bytes())
    assert "new_0000.nii.gz" in {path.name for path in prepare_inputs(scans, tmp_path / "in")}
    assert set(json.loads((tmp_path / "in" / "prepared.json").read_text())) == {"1_t1", "1_t2", "3_t2_SPACE", "new"}


def test_an_input_of_something_else_is_not_overwritten(scans: Path, tmp_path: Path):
    target = tmp_path / "in"
    target.mkdir()
    (target / "1_t1_0000.nii.gz").write_bytes(b"precious")
    with pytest.raises(InvalidInputError, match=r"1_t1.mha: 1_t1_0000.nii.gz exists already"):
        prepare_inputs(scans, target)
    assert state(target).keys() == {"1_t1_0000.nii.gz"}
    assert (target / "1_t1_0000.nii.gz").read_bytes() == b"precious"


def test_two_images_of_one_name_are_refused(scans: Path, tmp_path: Path):
    (scans / "1_t1_0000.nii.gz").write_bytes((scans / "3_t2_SPACE.nii.gz").read_bytes())
    with pytest.raises(InvalidInputError, match=r"2 images would become 1_t1_0000.nii.gz") as error:
        prepare_inputs(scans, tmp_path / "in")
    assert {problem.where for problem in error.value.problems} == {"1_t1.mha", "1_t1_0000.nii.gz"}
    assert not (tmp_path / "in").exists()


@pytest.mark.parametrize("processes", [1, 2])
def test_all_problems_come_in_one_report(processes: int, scans: Path, tmp_path: Path, capsys):
    (scans / "cut.mha").write_bytes((scans / "1_t1.mha").read_bytes()[:-9])
    (scans / "odd.nii").write_bytes(b"odd")
    sitk.WriteImage(sitk.JoinSeries([sitk.Image(4, 4, 4, sitk.sitkInt16)] * 2), str(scans / "series.nrrd"))
    spoiled = sitk.GetImageFromArray(np.full((2, 3, 4), np.nan, np.float32))
    sitk.WriteImage(spoiled, str(scans / "nan.mha"))
    assert main(["prepare", str(scans), str(tmp_path / "in"), "--processes", str(processes)]) == 2
    report = capsys.readouterr().err.split("cannot be prepared: ")[1]
    assert report.startswith("4 problems")
    for line in (
        "cut.mha: truncated",
        "odd.nii: cannot be read",
        "series.nrrd: expected three dimensions, got 4",
        "nan.mha: 24 voxels are NaN or infinite",
    ):
        assert f"\n  {line}" in report
    assert not (tmp_path / "in").exists()
    assert not list(tmp_path.glob(".*"))


def test_an_interrupted_run_goes_on(scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target, done, real = tmp_path / "in", [], prepare._prepare_one

    def twice(job):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(job.source.case)
        return real(job)

    monkeypatch.setattr(prepare, "_prepare_one", twice)
    with pytest.raises(KeyboardInterrupt):
        prepare_inputs(scans, target)
    assert {path.name for path in target.iterdir()} == {".prepare.partial"}, "nothing looks whole"
    monkeypatch.setattr(prepare, "_prepare_one", lambda job: done.append(job.source.case) or real(job))
    prepare_inputs(scans, target)
    assert done == ["1_t1", "1_t2", "3_t2_SPACE"], "each once"
    assert set(json.loads((target / "prepared.json").read_text())) == set(done)
    assert state(target).keys() == {"prepared.json", *(f"{case}_0000.nii.gz" for case in done)}


def test_what_an_interrupted_run_left_is_removed_where_there_is_a_problem(scans: Path, tmp_path: Path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(prepare, "_publish", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            prepare_inputs(scans, tmp_path / "in")
    (scans / "odd.nii").write_bytes(b"odd")
    with pytest.raises(InvalidInputError, match="1 problem"):
        prepare_inputs(scans, tmp_path / "in")
    assert not (tmp_path / "in").exists()


def test_undershoot_is_recorded(tmp_path: Path, anatomy: Volume):
    data = anatomy.data.copy()
    data[3, 5, 5] = -37
    nib.save(nib.Nifti1Image(data[..., None], anatomy.affine), tmp_path / "a.nii.gz")
    (path,) = prepare_inputs(tmp_path / "a.nii.gz", tmp_path / "in")
    np.testing.assert_array_equal(np.asanyarray(nib.load(path).dataobj), data.clip(0))
    record = json.loads((tmp_path / "in" / "prepared.json").read_text())["a"]
    assert (record["intensity_floor"], record["intensity_clipped"]) == (0, 1)


def test_an_image_that_the_memory_cannot_hold_is_named(scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(prepare, "floor_to_zero", fail)
    with pytest.raises(InvalidInputError, match=r"1_t1.mha: the memory does not suffice for it"):
        prepare_inputs(scans, tmp_path / "in")


def test_folders_keep_the_letters_of_their_names():
    assert list(folder_names([Path("/a/Müller 1*")]).values()) == ["Müller_1"]


def test_complex_numbers_are_refused(tmp_path: Path, capsys):
    nib.save(nib.Nifti1Image(np.full((4, 4, 4), 1 + 2j, np.complex64), np.eye(4)), tmp_path / "a.nii.gz")
    assert main(["prepare", str(tmp_path / "a.nii.gz"), str(tmp_path / "in"), "--processes", "1"]) == 2
    assert "a.nii.gz: expected real intensities, got complex numbers" in capsys.readouterr().err


def test_no_image_is_left_out_in_silence(scans: Path, tmp_path: Path, anatomy: Volume, save_dicom, caplog):
    caplog.set_level("INFO")
    save_dicom(scans / "study", pir(anatomy), 4)
    (scans / "more").mkdir()
    for name in ("more/5_t1.mha", "a.mhd", "b.nhdr", "c.img"):
        (scans / name).write_bytes(b"x")
    (scans / "notes").mkdir()
    (scans / "notes" / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    (scans / "notes" / "link").symlink_to("nowhere")
    (scans / "cut.mha").write_bytes(b"x")
    with pytest.raises(InvalidInputError) as error:
        prepare_inputs(scans, tmp_path / "in")
    places = [problem.where for problem in error.value.problems]
    assert "passed over: 1 image in subfolders" in caplog.text
    assert places == ["a.mhd", "b.nhdr", "c.img", "study", "cut.mha"]
    assert not (tmp_path / "in").exists()


def test_inputs_may_go_into_a_folder_of_the_images(scans: Path, tmp_path: Path, caplog):
    caplog.set_level("INFO")
    for _ in range(2):
        assert len(prepare_inputs(scans, scans / "inputs")) == 3
    assert "passed over" not in caplog.text


def test_images_beside_dicom_series_are_told(tmp_path: Path, anatomy: Volume, save_dicom):
    save_dicom(tmp_path / "scans" / "study", pir(anatomy), 4)
    (tmp_path / "scans" / "study" / "x.mha").write_bytes(b"x")
    command = f"nnunet-spine prepare {tmp_path}/scans/study {tmp_path}/in"
    with pytest.raises(InvalidInputError, match=f"study: 1 image; .* or run: {command}"):
        prepare_inputs(tmp_path / "scans", tmp_path / "in")


def test_folders_of_images_are_told_in_a_line_each(small, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    root = small.root.rename(tmp_path / "both conventions")
    assert main(["prepare", str(root), str(tmp_path / "in")]) == 2
    out, error = capfd.readouterr()
    assert "WARNING" not in out + error, "ITK has one for every folder without a DICOM series"
    count = len(list((root / "images").iterdir()))
    assert [line for line in error.splitlines() if line.startswith("  ")] == [
        f"  {name}: {count} images; image files of subfolders are not taken: move them away, or run: "
        f"nnunet-spine prepare '{root}/{name}' {tmp_path}/in"
        for name in ("images", "masks")
    ]


def test_a_single_file(scans: Path, tmp_path: Path):
    assert main(["prepare", str(scans / "1_t1.mha"), str(tmp_path / "in"), "--processes", "1"]) == 0
    assert state(tmp_path / "in").keys() == {"1_t1_0000.nii.gz", "prepared.json"}


def test_nothing_to_prepare(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("text")
    for source, message in (
        ("empty", "nothing to prepare; expected an image"),
        ("nowhere", "no such file or folder"),
        ("text.txt", "expected an image"),
    ):
        with pytest.raises(ValueError, match=message):
            prepare_inputs(tmp_path / source, tmp_path / "in")
    assert not (tmp_path / "in").exists()


def test_targets_that_cannot_be(scans: Path):
    with pytest.raises(ValueError, match="cannot go into the folder that the images come from"):
        prepare_inputs(scans, scans)
    with pytest.raises(ValueError, match="expected a folder to write into, got a file"):
        prepare_inputs(scans, scans / "notes.txt")


SaveDicom = Callable[..., None]


@pytest.fixture
def save_dicom() -> SaveDicom:
    """Writes a volume as a DICOM series of sagittal slices; more tags replace the usual ones."""

    def save(
        folder: Path, volume: Volume, number: int, skip: int | None = None, tags_of_slice: dict | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
        spacing = volume.grid.spacing_mm
        direction = lps[:3, :3] / spacing
        for k in range(volume.data.shape[2]):
            if k == skip:
                continue
            image = sitk.GetImageFromArray(volume.data[..., k].transpose()[None])
            image.SetSpacing(spacing)
            tags = {
                "0008|0060": "MR",
                "0020|000d": "1.2.3",
                "0020|000e": f"1.2.3.{number}",
                "0020|0011": str(number),
                "0020|0013": str(k + 1),
                "0020|0032": "\\".join(f"{x:.6f}" for x in lps[:3, :3] @ (0, 0, k) + lps[:3, 3]),
                "0020|0037": "\\".join(f"{x:.6f}" for x in direction[:, :2].T.ravel()),
                "0010|0010": "Doe^Jane",
                **(tags_of_slice or {}).get(k, (tags_of_slice or {}).get(None, {})),
            }
            for tag, value in tags.items():
                image.SetMetaData(tag, value)
            writer = sitk.ImageFileWriter()
            writer.KeepOriginalImageUIDOn()
            writer.SetFileName(str(folder / f"{number}-{k}.dcm"))
            writer.Execute(image)

    return save


def pir(volume: Volume) -> Volume:
    data = np.ascontiguousarray(volume.data.transpose(1, 2, 0)[::-1, ::-1])
    turn = np.zeros((4, 4))
    turn[0, 2], turn[1, 0], turn[2, 1], turn[3, 3] = 1, -1, -1, 1
    turn[:3, 3] = (0, volume.data.shape[1] - 1, volume.data.shape[2] - 1)
    return Volume(data, volume.affine @ turn)


def test_a_dicom_series(tmp_path: Path, anatomy: Volume, save_dicom: SaveDicom):
    save_dicom(tmp_path / "Study 1", pir(anatomy), 4)
    (path,) = prepare_inputs(tmp_path / "Study 1", tmp_path / "in")
    assert path.name == "Study_1_0000.nii.gz"
    array, _ = NibabelIOWithReorient().read_images([str(path)])
    np.testing.assert_array_equal(array[0], anatomy.data.transpose())


def test_several_dicom_series_in_subfolders(tmp_path: Path, anatomy: Volume, save_dicom: SaveDicom):
    save_dicom(tmp_path / "study" / "one", pir(anatomy), 4)
    save_dicom(tmp_path / "study" / "two", pir(anatomy), 5)
    save_dicom(tmp_path / "study" / "two", pir(anatomy), 6)
    names = [path.name for path in prepare_inputs(tmp_path / "study", tmp_path / "in")]
    assert names == ["one_0000.nii.gz", "two_5_0000.nii.gz", "two_6_0000.nii.gz"]
    assert "Jane" not in (tmp_path / "in" / "prepared.json").read_text()


def test_dicom_folders_of_one_name_get_that_of_the_folder_above(tmp_path: Path, anatomy: Volume, save_dicom):
    for patient in ("p1", "p2"):
        save_dicom(tmp_path / "study" / patient / "DICOM", pir(anatomy), 4)
    save_dicom(tmp_path / "study" / "p2" / "DICOM", pir(anatomy), 5)
    save_dicom(tmp_path / "study" / "p3" / "other", pir(anatomy), 4)
    names = [path.name.removesuffix("_0000.nii.gz") for path in prepare_inputs(tmp_path / "study", tmp_path / "in")]
    assert names == ["other", "p1_DICOM", "p2_DICOM_4", "p2_DICOM_5"]


def test_dicom_series_of_one_number_in_one_folder_are_counted(tmp_path: Path, anatomy: Volume, save_dicom):
    for number in (4, 5):
        save_dicom(tmp_path / "study", pir(anatomy), number, tags_of_slice={None: {"0020|0011": "7"}})
    names = [path.name for path in prepare_inputs(tmp_path / "study", tmp_path / "in")]
    assert names == ["study_7-1_0000.nii.gz", "study_7-2_0000.nii.gz"]


def test_slices_that_are_shifted_within_their_plane_are_refused(tmp_path: Path, anatomy: Volume, save_dicom):
    """Evenly spaced and parallel, as in a stack that follows the spine: ITK would lay them straight."""
    volume = pir(anatomy)
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    shifted = [lps[:3, :3] @ (0.5 * k, 0, k) + lps[:3, 3] for k in range(volume.data.shape[2])]
    tags = {k: {"0020|0032": "\\".join(f"{x:.6f}" for x in place)} for k, place in enumerate(shifted)}
    save_dicom(tmp_path / "study", volume, 4, tags_of_slice=tags)
    with pytest.raises(InvalidInputError, match=r"slices are shifted within their plane by up to 2 mm.* \(0\.7 mm\)"):
        prepare_inputs(tmp_path / "study", tmp_path / "in")


LOCALISER = {None: {"0008|0008": "ORIGINAL\\PRIMARY\\LOCALIZER"}}
TURNED = {1: {"0020|0037": "1\\0\\0\\0\\1\\0"}}


@pytest.mark.parametrize(("tags", "why"), [(LOCALISER, "a localiser"), (TURNED, "its slices are not parallel")])
def test_a_dicom_series_that_is_no_volume_is_told_and_passed_over(
    tags: dict, why: str, tmp_path: Path, anatomy: Volume, save_dicom, caplog
):
    caplog.set_level("INFO")
    save_dicom(tmp_path / "study" / "scout", pir(anatomy), 1, tags_of_slice=tags)
    with pytest.raises(InvalidInputError, match=rf"scout .DICOM series 1.2.3.1.: cannot be segmented: {why}"):
        prepare_inputs(tmp_path / "study", tmp_path / "in")
    save_dicom(tmp_path / "study" / "t2", pir(anatomy), 2)
    (path,) = prepare_inputs(tmp_path / "study", tmp_path / "in")
    assert path.name == "t2_0000.nii.gz"
    assert f"study/scout (DICOM series 1.2.3.1): {why}" in caplog.text


def test_a_dicom_series_that_lacks_a_slice(tmp_path: Path, anatomy: Volume, save_dicom: SaveDicom):
    save_dicom(tmp_path / "study", pir(anatomy), 4, skip=2)
    with pytest.raises(
        InvalidInputError, match=r"slices missing or not evenly spaced: 1 of 4 steps are not of 3 mm \(3 to 6 mm\)"
    ):
        prepare_inputs(tmp_path / "study", tmp_path / "in")
