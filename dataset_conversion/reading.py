"""Reading .mha, .mhd, .nrrd, .nii, .nii.gz and DICOM series, with errors where the libraries only warn."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import nibabel as nib
import numpy as np
import SimpleITK as sitk  # noqa: N813

from .metaimage import check_checksum, check_complete
from .volume import Grid, Volume

META_SUFFIXES = (".mha", ".mhd")
NIFTI_SUFFIXES = (".nii.gz", ".nii")
SUFFIXES = (*META_SUFFIXES, ".nrrd", *NIFTI_SUFFIXES)
"""Endings of the files that can be read."""

T = TypeVar("T")

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_NON_UNIFORM = "ITK_non_uniform_sampling_deviation"
_MAX_SLICE_DEVIATION = 0.1


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
        return _checked(Grid(image.shape, image.affine))
    if suffix_of(path) in META_SUFFIXES:
        check_complete(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    _execute(reader.ReadImageInformation)
    _check_channels(reader.GetNumberOfComponents())
    return _itk_grid(reader)


def read_volume(path: Path) -> Volume:
    """Voxels and geometry of an image file.

    Raises:
        ValueError: as `read_grid`, and where the voxel data are damaged.
    """
    if suffix_of(path) in NIFTI_SUFFIXES:
        return _read_nifti(path)
    header = check_complete(path) if suffix_of(path) in META_SUFFIXES else None
    image = _execute(lambda: sitk.ReadImage(str(path)))
    _check_channels(image.GetNumberOfComponentsPerPixel())
    volume = _from_itk(image)
    if header is not None:
        check_checksum(path, header, volume.data.transpose())
    return volume


def read_dicom_series(files: Sequence[Path]) -> Volume:
    """Voxels and geometry of one DICOM series.

    Args:
        files: the slices in spatial order.

    Raises:
        ValueError: if it cannot be read, is not three-dimensional, or lacks slices.
    """
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(file) for file in files])
    image = _execute(reader.Execute)
    _check_channels(image.GetNumberOfComponentsPerPixel())
    if image.HasMetaDataKey(_NON_UNIFORM):
        deviation_mm = float(image.GetMetaData(_NON_UNIFORM))
        if deviation_mm > _MAX_SLICE_DEVIATION * image.GetSpacing()[2]:
            raise ValueError(f"slices missing or not evenly spaced: distances deviate by up to {deviation_mm:.3g} mm")
    return _from_itk(image)


def _from_itk(image: sitk.Image) -> Volume:
    grid = _itk_grid(image)
    return Volume(sitk.GetArrayFromImage(image).transpose(), grid.affine)


def _itk_grid(image: sitk.Image | sitk.ImageFileReader) -> Grid:
    shape = tuple(image.GetSize())
    if len(shape) != 3:
        return _checked(Grid(shape, np.eye(4)))
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return _checked(Grid(shape, _LPS_TO_RAS @ affine))


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


def _check_channels(count: int) -> None:
    if count != 1:
        raise ValueError(f"expected one channel, got {count}")


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
    return image


def _read_nifti(path: Path) -> Volume:
    # Whole and at once, because only the end of a gzip stream carries its checksum, which nibabel does not read.
    image = _nifti_header(path)
    try:
        stream = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            stream = gzip.decompress(stream)
        image = type(image).from_bytes(stream)
        data = np.asanyarray(image.dataobj)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise ValueError(f"truncated or damaged: {error}") from error
    grid = _checked(Grid(data.shape, image.affine))
    return Volume(data, grid.affine)
