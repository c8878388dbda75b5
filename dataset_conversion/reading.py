"""Reading .mha, .nrrd, .nii, .nii.gz and DICOM series, with errors where the libraries only warn."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import nibabel as nib
import numpy as np
import SimpleITK as sitk  # noqa: N813

from nnunet_spine.dataset_conversion.metaimage import check_checksum, check_complete
from nnunet_spine.dataset_conversion.volume import Grid, Volume
from nnunet_spine.plumbing.memory import memory_bytes

META_SUFFIX = ".mha"
NIFTI_SUFFIXES = (".nii.gz", ".nii")
SUFFIXES = (META_SUFFIX, ".nrrd", *NIFTI_SUFFIXES)
"""Endings of the files that can be read."""

T = TypeVar("T")

_NOT_REAL = "expected real intensities, got complex numbers; store the magnitude"
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_DEFLATE_MOST = 1032
"""Bytes that one byte of a gzip stream can become."""

_MAX_STEP_DEVIATION = 0.1
_COMPLEX = (sitk.sitkComplexFloat32, sitk.sitkComplexFloat64)


def suffix_of(path: Path) -> str | None:
    """The ending that says how to read a file; None for a file that is no image."""
    return next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), None)


def read_grid(path: Path) -> Grid:
    """Geometry of an image file by its header alone.

    Raises:
        ValueError: if the file cannot be read, is cut off, or is not one channel in three dimensions.
    """
    if suffix_of(path) in NIFTI_SUFFIXES:
        image = _nifti_header(path)
        return _checked(Grid(_three(image.shape), image.affine))
    if suffix_of(path) == META_SUFFIX:
        check_complete(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    _execute(reader.ReadImageInformation)
    _check_pixels(reader.GetNumberOfComponents(), reader.GetPixelID())
    return _itk_grid(reader)


def read_volume(path: Path) -> Volume:
    """Voxels and geometry of an image file.

    Raises:
        ValueError: as `read_grid`, and where the voxel data are damaged.
    """
    if suffix_of(path) in NIFTI_SUFFIXES:
        return _read_nifti(path)
    _require_memory(read_grid(path).shape, 1)  # at the least
    header = check_complete(path) if suffix_of(path) == META_SUFFIX else None
    image = _execute(lambda: sitk.ReadImage(str(path)))
    _check_pixels(image.GetNumberOfComponentsPerPixel(), image.GetPixelID())
    volume = _from_itk(image)
    if header is not None:
        check_checksum(path, header, volume.data.transpose())
    return volume


def finite_intensities(image: np.ndarray) -> np.ndarray:
    """An image that was read as a contiguous array of single precision.

    Raises:
        ValueError: if a value is not finite then.
    """
    image = np.ascontiguousarray(image, np.float32)
    wrong = image.size - int(np.isfinite(image).sum())
    if wrong:
        raise ValueError(f"expected finite intensities, {wrong} voxels are NaN, infinite or beyond single precision")
    return image


def read_dicom_series(files: Sequence[Path]) -> Volume:
    """Voxels and geometry of one DICOM series.

    Args:
        files: the slices in spatial order.

    Raises:
        ValueError: if it cannot be read, is not three-dimensional, or lacks slices.
    """
    _check_slices(files)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(file) for file in files])
    image = _execute(reader.Execute)
    _check_pixels(image.GetNumberOfComponentsPerPixel(), image.GetPixelID())
    return _from_itk(image)


def _check_slices(files: Sequence[Path]) -> None:
    """ITK only warns where slices are missing or shifted, and lays the rest evenly along their normal."""
    origins, normals, voxels_mm = [], [], []
    for file in files:
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(file))
        _execute(reader.ReadImageInformation)
        origins.append(reader.GetOrigin()[:3])
        voxels_mm.append(min(reader.GetSpacing()[:2]))
        normals.append(np.reshape(reader.GetDirection(), (reader.GetDimension(),) * 2)[:3, 2])
    if len(files) == 1:
        return
    from_first_mm = np.subtract(origins, origins[0])
    along_mm = from_first_mm @ normals[0]
    _check_spacing(np.abs(np.diff(along_mm)))
    _check_shift(from_first_mm - np.outer(along_mm, normals[0]), min(voxels_mm))


def _check_spacing(steps_mm: np.ndarray) -> None:
    usual_mm = np.median(steps_mm)
    odd = np.count_nonzero(np.abs(steps_mm - usual_mm) > _MAX_STEP_DEVIATION * usual_mm)
    if odd:
        raise ValueError(
            f"slices missing or not evenly spaced: {odd} of {len(steps_mm)} steps are not of {usual_mm:.3g} mm "
            f"({steps_mm.min():.3g} to {steps_mm.max():.3g} mm)"
        )


def _check_shift(shifts_mm: np.ndarray, voxel_mm: float) -> None:
    """A grid has its slices straight above each other.

    Args:
        shifts_mm: of every slice from the first, within their plane.
        voxel_mm: the smaller side of a voxel there.
    """
    most_mm = np.linalg.norm(shifts_mm, axis=1).max()
    if most_mm > voxel_mm:
        raise ValueError(
            f"slices are shifted within their plane by up to {most_mm:.3g} mm, more than a voxel ({voxel_mm:.3g} mm): "
            "they do not lie straight above each other, as a grid has them"
        )


def _from_itk(image: sitk.Image) -> Volume:
    grid = _itk_grid(image)
    return Volume(sitk.GetArrayFromImage(image).transpose().reshape(grid.shape, order="A"), grid.affine)


def _itk_grid(image: sitk.Image | sitk.ImageFileReader) -> Grid:
    dimensions, shape = image.GetDimension(), _three(image.GetSize())
    if len(shape) != 3:
        return _checked(Grid(shape, np.eye(4)))
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (dimensions, dimensions))[:3, :3] * image.GetSpacing()[:3]
    affine[:3, 3] = image.GetOrigin()[:3]
    return _checked(Grid(shape, _LPS_TO_RAS @ affine))


def _three(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape without the axes after the third, as far as they are of size 1 (a series of one volume)."""
    return (*shape[:3],) if all(size == 1 for size in shape[3:]) else (*shape,)


def _checked(grid: Grid) -> Grid:
    if len(grid.shape) != 3:
        raise ValueError(f"expected three dimensions, got {len(grid.shape)} (size {'x'.join(map(str, grid.shape))})")
    if 0 in grid.shape:
        raise ValueError("contains no voxels")
    if not np.isfinite(grid.affine).all() or abs(np.linalg.det(grid.affine)) < 1e-9:
        raise ValueError(
            "the geometry in the header is not usable: spacing or directions are zero, parallel or not finite"
        )
    return grid


def _check_pixels(channels: int, pixel_type: int) -> None:
    if pixel_type in _COMPLEX:
        raise ValueError(_NOT_REAL)
    if channels != 1:
        raise ValueError(f"expected one channel, got {channels}")


def _execute(read: Callable[[], T]) -> T:
    try:
        return read()
    except RuntimeError as error:
        reason = str(error).strip().rsplit("ITK ERROR:", 1)[-1].strip().splitlines()
        raise ValueError(f"cannot be read: {' '.join(reason)}") from error


def _nifti_header(path: Path) -> nib.Nifti1Image:
    try:
        image = nib.load(path)
    except (OSError, EOFError, zlib.error, ValueError, nib.filebasedimages.ImageFileError) as error:
        raise ValueError(f"cannot be read: {error}") from error
    if image.get_data_dtype().names:
        raise ValueError("expected one channel, got colours")
    if image.get_data_dtype().kind == "c":
        raise ValueError(_NOT_REAL)
    return image


def _require_voxels(path: Path, image: nib.Nifti1Image) -> None:
    """A damaged header may tell of more voxels than any memory holds: they must be in the file."""
    each, packed = image.get_data_dtype().itemsize, path.name.lower().endswith(".gz")
    needed, there = math.prod(image.shape) * each, path.stat().st_size * (_DEFLATE_MOST if packed else 1)
    if needed > there:
        size = "x".join(map(str, image.shape))
        raise ValueError(f"truncated or damaged: {size} voxels are {needed} bytes, the file holds at most {there}")
    _require_memory(image.shape, each)


def _require_memory(shape: Sequence[int], bytes_each: int) -> None:
    needed, there = math.prod(shape) * bytes_each, memory_bytes()
    if there is not None and needed > there:
        size = "x".join(map(str, shape))
        raise ValueError(f"{size} voxels take {needed / 1e9:.0f} GB of memory, this machine has {there / 1e9:.0f}")


def _read_nifti(path: Path) -> Volume:
    # Whole and at once, because only the end of a gzip stream carries its checksum, which nibabel does not read.
    image = _nifti_header(path)
    _require_voxels(path, image)
    try:
        stream = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            stream = gzip.decompress(stream)
        image = type(image).from_bytes(stream)
        data = np.asanyarray(image.dataobj)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise ValueError(f"truncated or damaged: {error}") from error
    grid = _checked(Grid(_three(data.shape), image.affine))
    return Volume(data.reshape(grid.shape, order="A"), grid.affine)
