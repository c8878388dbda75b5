"""Reading: every format gives the same volume, and damage is an error in each of them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from nnunet_spine.dataset_conversion.reading import read_grid, read_volume
from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.dataset_conversion.writing import write_nifti

FORMATS = [
    ("mha", True),
    ("mha", False),
    ("nrrd", True),
    ("nrrd", False),
    ("nii.gz", True),
    ("nii", False),
]
IDS = [f"{ending} {'compressed' if compressed else 'plain'}" for ending, compressed in FORMATS]


def store(folder: Path, volume: Volume, ending: str, compressed: bool) -> Path:
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.data.transpose()))
    image.SetSpacing(volume.grid.spacing_mm)
    image.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
    image.SetOrigin((volume.affine[:3, 3] * (-1, -1, 1)).tolist())
    path = folder / f"volume.{ending}"
    sitk.WriteImage(image, str(path), compressed)
    return path


def change(path: Path, edit: Callable[[bytearray], bytearray]) -> None:
    path.write_bytes(edit(bytearray(path.read_bytes())))


def flip_a_late_byte(content: bytearray) -> bytearray:
    content[int(len(content) * 0.8)] ^= 0xFF
    return content


@pytest.mark.parametrize(("ending", "compressed"), FORMATS, ids=IDS)
def test_every_format_gives_the_same_volume(ending: str, compressed: bool, tmp_path: Path, anatomy: Volume):
    path = store(tmp_path, anatomy, ending, compressed)
    found = read_volume(path)
    np.testing.assert_array_equal(found.data, anatomy.data)
    np.testing.assert_allclose(found.affine, anatomy.affine, atol=1e-5)
    assert read_grid(path).shape == anatomy.data.shape
    np.testing.assert_allclose(read_grid(path).affine, found.affine, atol=1e-6)


@pytest.mark.parametrize("part", [0.02, 0.5, 0.98])
@pytest.mark.parametrize(("ending", "compressed"), FORMATS, ids=IDS)
def test_a_truncated_file_is_an_error(ending: str, compressed: bool, part: float, tmp_path: Path, anatomy: Volume):
    path = store(tmp_path, anatomy, ending, compressed)
    change(path, lambda content: content[: int(len(content) * part)])
    with pytest.raises(ValueError, match=r"truncated|cannot be read|cut off"):
        read_volume(path)


@pytest.mark.parametrize("ending", ["mha", "nii.gz", "nrrd"])
def test_a_flipped_byte_of_compressed_data_is_an_error(ending: str, tmp_path: Path, anatomy: Volume):
    path = store(tmp_path, anatomy, ending, True)
    change(path, flip_a_late_byte)
    with pytest.raises(ValueError, match=r"damaged|cannot be read"):
        read_volume(path)


def test_a_truncated_metaimage_shows_in_its_header(tmp_path: Path, anatomy: Volume):
    path = store(tmp_path, anatomy, "mha", True)
    change(path, lambda content: content[:-1])
    with pytest.raises(ValueError, match=r"truncated: .* bytes of voxel data expected"):
        read_grid(path)


@pytest.mark.parametrize("ending", ["mha", "nrrd", "nii.gz", "nii"])
@pytest.mark.parametrize("content", [b"", b"\0" * 10, b"<html>404</html>\n"], ids=["empty", "zeros", "web page"])
def test_something_else_is_an_error(ending: str, content: bytes, tmp_path: Path):
    path = tmp_path / f"volume.{ending}"
    path.write_bytes(content)
    for read in (read_grid, read_volume):
        with pytest.raises(ValueError, match=r"not a MetaImage|cannot be read"):
            read(path)


def test_big_endian_data_pass_the_checksum(tmp_path: Path, anatomy: Volume):
    path = tmp_path / "volume.mha"
    voxels = zlib.compress(anatomy.data.transpose().astype(">i2").tobytes())
    size = " ".join(map(str, anatomy.data.shape))
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = True\nCompressedData = True\n"
        f"CompressedDataSize = {len(voxels)}\nDimSize = {size}\nElementSpacing = 1 1 1\nElementType = MET_SHORT\n"
        "ElementDataFile = LOCAL\n"
    )
    path.write_bytes(header.encode() + voxels)
    np.testing.assert_array_equal(read_volume(path).data, anatomy.data)


@pytest.mark.parametrize("ending", ["mha", "nrrd", "nii.gz"])
def test_four_dimensions_are_refused(ending: str, tmp_path: Path):
    image = sitk.JoinSeries([sitk.Image(4, 4, 4, sitk.sitkInt16)] * 2)
    path = tmp_path / f"volume.{ending}"
    sitk.WriteImage(image, str(path))
    for read in (read_grid, read_volume):
        with pytest.raises(ValueError, match=r"expected three dimensions, got 4 \(size 4x4x4x2\)"):
            read(path)


@pytest.mark.parametrize("ending", ["mha", "nrrd", "nii.gz"])
def test_a_series_of_one_volume_is_that_volume(ending: str, tmp_path: Path, anatomy: Volume):
    if ending == "nii.gz":
        path = tmp_path / "volume.nii.gz"
        nib.save(nib.Nifti1Image(anatomy.data[..., None], anatomy.affine), path)
    else:
        path = store(tmp_path, anatomy, ending, True)
        sitk.WriteImage(sitk.JoinSeries([sitk.ReadImage(str(path))]), str(path), True)
    found = read_volume(path)
    np.testing.assert_array_equal(found.data, anatomy.data)
    for grid in (found.grid, read_grid(path)):
        assert grid.shape == anatomy.data.shape
        np.testing.assert_allclose(grid.affine, anatomy.affine, atol=1e-5)


@pytest.mark.parametrize("ending", ["nrrd", "nii.gz", "nii"])
def test_complex_numbers_are_refused(ending: str, tmp_path: Path):
    path = tmp_path / f"volume.{ending}"
    data = np.full((4, 4, 4), 1 + 2j, np.complex64)
    if ending == "nrrd":
        sitk.WriteImage(sitk.GetImageFromArray(data), str(path))
    else:
        nib.save(nib.Nifti1Image(data, np.eye(4)), path)
    for read in (read_grid, read_volume):
        with pytest.raises(ValueError, match="expected real intensities, got complex numbers"):
            read(path)


def test_two_dimensions_are_refused(tmp_path: Path):
    path = tmp_path / "slice.mha"
    sitk.WriteImage(sitk.Image(4, 4, sitk.sitkInt16), str(path))
    with pytest.raises(ValueError, match="expected three dimensions, got 2"):
        read_volume(path)


@pytest.mark.parametrize("ending", ["mha", "nrrd", "nii.gz"])
def test_colours_are_refused(ending: str, tmp_path: Path):
    path = tmp_path / f"colours.{ending}"
    sitk.WriteImage(sitk.Image([4, 4, 4], sitk.sitkVectorUInt8, 3), str(path))
    for read in (read_grid, read_volume):
        with pytest.raises(ValueError, match=r"expected one channel, got 3|expected one channel, got colours|got 5"):
            read(path)


def test_intensities_scaled_by_nifti_are_read_scaled(tmp_path: Path):
    image = nib.Nifti1Image(np.arange(8, dtype=np.int16).reshape(2, 2, 2), np.eye(4))
    image.header.set_slope_inter(2, -1)
    path = tmp_path / "scaled.nii"
    path.write_bytes(image.to_bytes())
    raw = nib.load(path)
    np.testing.assert_array_equal(read_volume(path).data, raw.get_fdata())


def test_written_files_are_equal_byte_for_byte_and_keep_the_volume(tmp_path: Path, anatomy: Volume):
    paths = [tmp_path / "a.nii.gz", tmp_path / "b.nii.gz"]
    sizes = [write_nifti(path, anatomy) for path in paths]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sizes == [paths[0].stat().st_size] * 2
    for read in (read_volume(paths[0]), _by_itk(paths[0])):
        np.testing.assert_array_equal(read.data, anatomy.data)
        np.testing.assert_allclose(read.affine, anatomy.affine, atol=1e-5)
    assert gzip.decompress(paths[0].read_bytes())[123] == 2, "millimetres"


def _by_itk(path: Path) -> Volume:
    image = sitk.ReadImage(str(path))
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return Volume(sitk.GetArrayFromImage(image).transpose(), np.diag([-1, -1, 1, 1]) @ affine)


def test_a_failed_write_leaves_nothing(tmp_path: Path, anatomy: Volume, monkeypatch: pytest.MonkeyPatch):
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gzip.GzipFile, "write", full)
    with pytest.raises(OSError, match="No space left"):
        write_nifti(tmp_path / "a.nii.gz", anatomy)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_a_header_that_tells_of_more_than_there_is(ending: str, tmp_path: Path):
    image = nib.Nifti1Image(np.zeros((4, 4, 4), np.int16), np.eye(4))
    stream = bytearray(image.to_bytes())
    stream[42:48] = np.full(3, 30000, "<i2").tobytes()
    path = tmp_path / f"huge.{ending}"
    path.write_bytes(gzip.compress(stream) if ending == "nii.gz" else stream)
    with pytest.raises(ValueError, match="30000x30000x30000 voxels are 54000000000000 bytes, the file holds"):
        read_volume(path)


def test_more_voxels_than_the_memory_holds(tmp_path: Path, anatomy: Volume, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nnunet_spine.dataset_conversion.reading.memory_bytes", lambda: 100)
    for ending in ("mha", "nrrd", "nii"):
        with pytest.raises(ValueError, match="6x10x24 voxels take 0 GB of memory"):
            read_volume(store(tmp_path, anatomy, ending, False))
