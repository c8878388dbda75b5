"""Finding the images to prepare: one file, a folder of files, or DICOM series."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk  # noqa: N813

from nnunet_spine.dataset_conversion.problems import natural_key
from nnunet_spine.dataset_conversion.reading import SUFFIXES, read_dicom_series, read_volume, suffix_of
from nnunet_spine.dataset_conversion.volume import Volume

_SERIES_NUMBER = "0020|0011"


@dataclass(frozen=True)
class Source:
    """One image to prepare.

    Attributes:
        case: its name as a case of nnU-Net.
        label: what it is called in messages.
        files: the file, or the slices of a DICOM series in spatial order.
        dicom: whether it is a DICOM series.
    """

    case: str
    label: str
    files: tuple[Path, ...]
    dicom: bool = False

    @property
    def file_name(self) -> str:
        """Name of the input file for nnU-Net; 0000 is the number of the only channel."""
        return f"{self.case}_0000.nii.gz"

    def read(self) -> Volume:
        """Read it.

        Raises:
            ValueError: if it cannot be used.
        """
        return read_dicom_series(self.files) if self.dicom else read_volume(self.files[0])


def find_sources(path: Path) -> list[Source]:
    """All images of a file or folder, in natural order.

    Raises:
        ValueError: if there is none.
    """
    expected = f"expected an image ({', '.join(SUFFIXES)}), a folder of images, or a folder with DICOM series"
    if path.is_file():
        if suffix_of(path) is None:
            raise ValueError(f"{path}: {expected}")
        return [_file_source(path)]
    if not path.is_dir():
        raise ValueError(f"{path}: no such file or folder; {expected}")
    files = [one for one in path.iterdir() if one.is_file() and suffix_of(one) and not one.name.startswith(".")]
    sources = [_file_source(one) for one in files] or _dicom_sources(path)
    if not sources:
        raise ValueError(f"{path}: nothing to prepare; {expected}")
    return sorted(sources, key=lambda one: natural_key(one.case))


def _file_source(path: Path) -> Source:
    # A name that has nnU-Net's channel number already keeps it only once.
    stem = path.name[: -len(suffix_of(path))].removesuffix("_0000")
    return Source(stem, path.name, (path,))


def _dicom_sources(root: Path) -> list[Source]:
    sources = []
    for folder, _, names in os.walk(root):
        if not names:
            continue
        series = sitk.ImageSeriesReader.GetGDCMSeriesIDs(folder)
        for identifier in series:
            files = tuple(Path(name) for name in sitk.ImageSeriesReader.GetGDCMSeriesFileNames(folder, identifier))
            case = _case_name(Path(folder), files[0], alone=len(series) == 1)
            label = f"{os.path.relpath(folder, root)} (DICOM series {identifier})"
            sources.append(Source(case, label, files, dicom=True))
    return sources


def _case_name(folder: Path, slice_file: Path, alone: bool) -> str:
    # By folder and series number, never by patient: such names end up in file names and tables that are passed on.
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", folder.resolve().name).strip("_.") or "case"
    if alone:
        return name
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(slice_file))
    reader.ReadImageInformation()
    number = reader.GetMetaData(_SERIES_NUMBER).strip() if reader.HasMetaDataKey(_SERIES_NUMBER) else "0"
    return f"{name}_{number}"
