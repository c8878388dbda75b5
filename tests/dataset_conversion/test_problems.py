"""Everything that can be wrong with a SPIDER folder, told at once and before anything is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from nnunet_spine.cli import main
from nnunet_spine.dataset_conversion import ConversionOptions, InvalidInputError, check_spider, convert_spider
from nnunet_spine.dataset_conversion.volume import Volume

SKIP = ConversionOptions(skip_invalid=True)


def image_of(small, case: str) -> Path:
    return small.root / "images" / f"{case}.mha"


def mask_of(small, case: str) -> Path:
    return small.root / "masks" / f"{case}.mha"


def edit(path: Path, change: Callable[[sitk.Image], sitk.Image], compress: bool = True) -> None:
    sitk.WriteImage(change(sitk.ReadImage(str(path))), str(path), compress)


def with_array(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[sitk.Image], sitk.Image]:
    def apply(image: sitk.Image) -> sitk.Image:
        changed = sitk.GetImageFromArray(change(sitk.GetArrayFromImage(image)))
        changed.CopyInformation(image)
        return changed

    return apply


def no_mask(small):
    mask_of(small, "1_t1").unlink()
    return "images/1_t1.mha: the series has no mask"


def no_image(small):
    image_of(small, "1_t1").unlink()
    return "masks/1_t1.mha: the series has no image"


def smaller_mask(small):
    edit(mask_of(small, "1_t1"), lambda image: image[:, :, 1:])
    return "masks/1_t1.mha: size 6x10x23 does not fit the image's 6x10x24"


def shifted_mask(small):
    def shift(image: sitk.Image) -> sitk.Image:
        image.SetOrigin((0, 0, 0))
        return image

    edit(mask_of(small, "1_t1"), shift)
    return "masks/1_t1.mha: does not lie where the image lies: corners up to 55 mm apart"


def other_spacing(small):
    def stretch(image: sitk.Image) -> sitk.Image:
        image.SetSpacing((3.0, 0.8, 1.4))
        return image

    edit(mask_of(small, "1_t1"), stretch)
    return "spacing (3, 0.8, 1.4) mm, image (3, 0.8, 0.7)"


def other_direction(small):
    edit(mask_of(small, "1_t1"), lambda image: sitk.Flip(image, (False, False, True)))
    return "orientation LPI, image LPS"


def nan_image(small):
    def spoil(array: np.ndarray) -> np.ndarray:
        array = array.astype(np.float32)
        array[0, :2, 0] = np.nan
        return array

    edit(image_of(small, "1_t1"), with_array(spoil))
    return "images/1_t1.mha: 2 voxels are NaN or infinite"


def four_dimensions(small):
    edit(image_of(small, "1_t1"), lambda image: sitk.JoinSeries([image, image]))
    return "images/1_t1.mha: expected three dimensions, got 4"


def empty_mask(small):
    edit(mask_of(small, "1_t1"), with_array(np.zeros_like))
    return "masks/1_t1.mha: empty: no voxel is labelled"


def broken_labels(small):
    edit(mask_of(small, "1_t1"), with_array(lambda array: array * np.float32(0.5)))
    return "voxels are not whole numbers: was the mask resampled with interpolation?"


def unknown_value(small):
    def spoil(array: np.ndarray) -> np.ndarray:
        array[0, 0, :3] = 77
        return array

    edit(mask_of(small, "1_t1"), with_array(spoil))
    return "masks/1_t1.mha: unknown label value 77 (3 voxels)"


def cut_image(small):
    path = image_of(small, "1_t1")
    path.write_bytes(path.read_bytes()[:-20])
    return "images/1_t1.mha: truncated"


def cut_plain_image(small):
    path = image_of(small, "1_t1")
    edit(path, lambda image: image, compress=False)
    path.write_bytes(path.read_bytes()[:-20])
    return "images/1_t1.mha: truncated"


def damaged_image(small):
    path = image_of(small, "1_t1")
    content = bytearray(path.read_bytes())
    content[-100] ^= 0xFF
    path.write_bytes(content)
    return "images/1_t1.mha: damaged"


def no_image_at_all(small):
    image_of(small, "1_t1").write_text("<html>")
    return "images/1_t1.mha: not a MetaImage"


def no_row(small):
    small.overview({"1_t2": "training", "2_t2": "training", "10_t1": "training", "3_t2_SPACE": "validation"})
    return "images/1_t1.mha: overview.csv has no row for the series"


def odd_subset(small):
    cases = dict.fromkeys(("1_t2", "2_t2", "10_t1"), "training")
    small.overview(cases | {"1_t1": "testing", "3_t2_SPACE": "validation"})
    return "overview.csv: 1_t1: subset expected training or validation, got 'testing'"


def odd_sequence(small):
    image_of(small, "1_t1").rename(image_of(small, "1_dixon"))
    mask_of(small, "1_t1").rename(mask_of(small, "1_dixon"))
    return "images/1_dixon.mha: expected ID_SEQUENCE.mha with one of the sequences t1, t2, t2_SPACE"


def upside_down(small):
    edit(mask_of(small, "1_t1"), with_array(lambda array: array[::-1]))
    return "masks/1_t1.mha: levels are numbered from head to feet"


def numbers_of_the_algorithm(small):
    def renumber(array: np.ndarray) -> np.ndarray:
        level = array.astype(int) % 100
        return np.where(level > 0, array - level + 25 - level, array).astype(np.uint8)

    edit(mask_of(small, "1_t1"), with_array(renumber))
    return "levels are numbered as the SPIDER authors' algorithm does (L5 is 24"


CASE_FAULTS = [
    no_mask,
    no_image,
    smaller_mask,
    shifted_mask,
    other_spacing,
    other_direction,
    nan_image,
    four_dimensions,
    empty_mask,
    broken_labels,
    unknown_value,
    cut_image,
    cut_plain_image,
    damaged_image,
    no_image_at_all,
    no_row,
    odd_subset,
    odd_sequence,
    upside_down,
    numbers_of_the_algorithm,
]


@pytest.mark.parametrize("fault", CASE_FAULTS)
def test_a_fault_is_told_and_nothing_is_written(fault, small, nnunet: Path):
    message = fault(small)
    with pytest.raises(InvalidInputError) as error:
        convert_spider(small.root, 501)
    assert message in str(error.value)
    assert len(error.value.problems) == 1
    assert not list(nnunet.rglob("*.*"))


@pytest.mark.parametrize("fault", CASE_FAULTS)
def test_a_check_finds_the_same(fault, small, nnunet: Path):
    message = fault(small)
    with pytest.raises(InvalidInputError) as error:
        check_spider(small.root)
    assert message in str(error.value)
    assert len(error.value.problems) == 1
    assert not nnunet.exists()


@pytest.mark.parametrize("fault", CASE_FAULTS)
def test_the_rest_can_be_converted(fault, small, nnunet: Path):
    message = fault(small)
    folder = convert_spider(small.root, 501, options=SKIP)
    manifest = json.loads((folder / "manifest.json").read_text())
    (left_out,) = manifest["left_out"]
    assert left_out["case"] in ("1_t1", "1_dixon")
    assert message in left_out["reasons"][0]
    assert [record["case"] for record in manifest["cases"]] == ["1_t2", "2_t2", "3_t2_SPACE", "10_t1"]
    assert json.loads((folder / "dataset.json").read_text())["numTraining"] == 3
    assert len(list((folder / "imagesTr").iterdir())) == 3
    assert convert_spider(small.root, 501, options=SKIP) == folder, "a second run does nothing"


def test_a_repaired_case_is_a_difference(small, nnunet: Path):
    nan_image(small)
    convert_spider(small.root, 501, options=SKIP)
    small.add("1_t1")
    with pytest.raises(ValueError, match=r"images/1_t1.mha: changed in the source"):
        convert_spider(small.root, 501, options=SKIP)


@pytest.mark.parametrize("processes", [1, 2])
def test_all_problems_come_in_one_report(processes: int, small, nnunet: Path, capsys):
    mask_of(small, "1_t1").unlink()
    edit(mask_of(small, "1_t2"), with_array(np.zeros_like))
    edit(image_of(small, "2_t2"), with_array(lambda array: np.where(array > -1000, np.nan, array).astype(np.float32)))
    edit(mask_of(small, "2_t2"), with_array(lambda array: np.where(array == 1, 99, array).astype(np.uint8)))
    cut = image_of(small, "10_t1")
    cut.write_bytes(cut.read_bytes()[:-5])
    assert main(["convert", str(small.root), "-d", "501", "--processes", str(processes)]) == 2
    lines = capsys.readouterr().err.split("cannot be converted: ")[1].splitlines()
    assert lines[0] == "5 problems"
    found = [line.strip().split(": ")[0] for line in lines[1:6]]
    assert found == ["images/1_t1.mha", "images/2_t2.mha", "images/10_t1.mha", "masks/1_t2.mha", "masks/2_t2.mha"]
    assert "nothing was written" in lines[6]
    assert not list(nnunet.rglob("*.*"))


def test_problems_of_voxels_alone_come_in_one_report(small, nnunet: Path):
    for case in ("1_t1", "10_t1"):
        edit(mask_of(small, case), with_array(np.zeros_like))
    with pytest.raises(InvalidInputError) as error:
        convert_spider(small.root, 501)
    assert [problem.where for problem in error.value.problems] == ["masks/1_t1.mha", "masks/10_t1.mha"]
    assert not list(nnunet.rglob("*.*"))


def test_problems_of_what_was_not_asked_for_do_not_matter(small, nnunet: Path):
    nan_image(small)
    mask_of(small, "10_t1").unlink()
    folder = convert_spider(small.root, 501, options=ConversionOptions(sequences=("t2",)))
    assert sorted(p.name for p in (folder / "imagesTr").iterdir()) == ["1_t2_0000.nii.gz", "2_t2_0000.nii.gz"]


def test_patients_in_both_subsets_are_refused(small, nnunet: Path):
    cases = dict.fromkeys(("1_t1", "2_t2", "10_t1"), "training")
    small.overview(cases | {"1_t2": "validation", "3_t2_SPACE": "validation"})
    with pytest.raises(InvalidInputError, match="patient 1 has series in both subsets") as error:
        convert_spider(small.root, 501)
    assert {problem.case for problem in error.value.problems} == {"1_t1", "1_t2"}


def no_overview(small):
    (small.root / "overview.csv").unlink()
    return "overview.csv: missing"


def no_column(small):
    small.overview({"1_t1": "training"}, columns=("new_file_name", "set"))
    return "overview.csv: no column 'subset'; found new_file_name, sex, set"


def empty_overview(small):
    small.overview({})
    return "overview.csv: lists no series"


def binary_overview(small):
    (small.root / "overview.csv").write_bytes(b"\xff\xfe\x00\x01")
    return "overview.csv: cannot be read"


@pytest.mark.parametrize("options", [ConversionOptions(), SKIP], ids=["", "skip"])
@pytest.mark.parametrize("fault", [no_overview, no_column, empty_overview, binary_overview])
def test_faults_of_the_whole_folder_cannot_be_skipped(fault, options, small, nnunet: Path):
    message = fault(small)
    empty_mask(small)
    with pytest.raises(InvalidInputError) as error:
        convert_spider(small.root, 501, options=options)
    assert message in str(error.value)
    assert "masks/1_t1.mha: empty" in str(error.value)
    assert len(error.value.problems) == 2
    assert not list(nnunet.rglob("*.*"))


def test_nothing_left_is_an_error(spider, nnunet: Path, spine):
    spider.add("1_t1", mask=np.zeros_like(spine.data))
    spider.overview({"1_t1": "training"})
    with pytest.raises(InvalidInputError, match=r"masks/1_t1.mha: empty"):
        convert_spider(spider.root, 501, options=SKIP)
    assert not list(nnunet.rglob("*.*"))


def test_wrong_folders_say_what_was_expected(small, nnunet: Path, tmp_path: Path):
    with pytest.raises(ValueError, match=r"no such folder; expected SPIDER's folder, with images/"):
        convert_spider(tmp_path / "nowhere", 501)
    with pytest.raises(ValueError, match=r"no folder images/ in it; .* found 10_t1.mha, 1_t1.mha"):
        convert_spider(small.root / "images", 501)
    for name in ("images", "masks"):
        (tmp_path / "empty" / name).mkdir(parents=True)
    with pytest.raises(ValueError, match=r"no .mha file in images/ or masks/"):
        convert_spider(tmp_path / "empty", 501)
    with pytest.raises(ValueError, match="none of its 5 series"):
        convert_spider(small.root, 501, options=ConversionOptions(sequences=("t1",), subset="validation"))


def test_hidden_and_other_files_are_passed_over(small, nnunet: Path):
    for name in ("._1_t1.mha", ".DS_Store", "readme.txt"):
        (small.root / "images" / name).write_bytes(b"x")
    convert_spider(small.root, 501)


def test_the_algorithms_numbering_can_be_turned_round(small, nnunet: Path):
    numbers_of_the_algorithm(small)
    plain = convert_spider(small.root, 502, "14class", options=ConversionOptions(sequences=("t2",)), name="Plain")
    options = ConversionOptions(renumber=True)
    folder = convert_spider(small.root, 501, "14class", options=options)
    labels = [
        sitk.GetArrayFromImage(sitk.ReadImage(str(p)))
        for p in (folder / "labelsTr/1_t1.nii.gz", plain / "labelsTr/1_t2.nii.gz")
    ]
    np.testing.assert_array_equal(*labels)
    manifest = {r["case"]: r["numbering_found"] for r in json.loads((folder / "manifest.json").read_text())["cases"]}
    assert manifest == {
        "1_t1": "algorithm",
        "1_t2": "spider",
        "2_t2": "spider",
        "3_t2_SPACE": "spider",
        "10_t1": "spider",
    }


def test_a_difference_of_rounding_is_no_problem(small, nnunet: Path):
    def nudge(image: sitk.Image) -> sitk.Image:
        image.SetOrigin([value + 1e-4 for value in image.GetOrigin()])
        return image

    edit(mask_of(small, "1_t1"), nudge)
    folder = convert_spider(small.root, 501)
    image, mask = (sitk.ReadImage(str(folder / p)) for p in ("imagesTr/1_t1_0000.nii.gz", "labelsTr/1_t1.nii.gz"))
    assert image.GetOrigin() == mask.GetOrigin()
    assert image.GetDirection() == mask.GetDirection()


def test_volumes_of_floats_and_wide_masks_are_read(spider, nnunet: Path, anatomy: Volume, spine: Volume):
    spider.add("1_t1", image=anatomy.data.astype(np.float32), mask=spine.data.astype(np.float32))
    spider.add("2_t1", image=anatomy.data.astype(np.int32), mask=spine.data.astype(np.int16))
    spider.overview({"1_t1": "training", "2_t1": "training"})
    folder = convert_spider(spider.root, 501)
    for kind, suffix in (("imagesTr", "_0000"), ("labelsTr", "")):
        first, second = ((folder / kind / f"{case}{suffix}.nii.gz").read_bytes() for case in ("1_t1", "2_t1"))
        assert first == second


def test_a_file_that_may_not_be_opened_is_a_problem(small, nnunet: Path, monkeypatch: pytest.MonkeyPatch):
    opened = Path.open

    def guarded(self: Path, *args: object, **kwargs: object):
        if self.name == "1_t1.mha":
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", guarded)
    with pytest.raises(InvalidInputError, match="Permission denied") as error:
        convert_spider(small.root, 501)
    assert {problem.case for problem in error.value.problems} == {"1_t1"}
