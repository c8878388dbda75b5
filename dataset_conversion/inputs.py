"""Finding the images to prepare: one file, a folder of files, or DICOM series."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk  # noqa: N813

from nnunet_spine.dataset_conversion.problems import Problem, natural_key
from nnunet_spine.dataset_conversion.reading import SUFFIXES, read_dicom_series, read_volume, suffix_of
from nnunet_spine.dataset_conversion.volume import Volume

_SERIES_NUMBER = "0020|0011"
_UNREAD = (".mhd", ".nhdr", ".img", ".img.gz", ".mgh", ".mgz", ".mnc", ".gipl", ".gipl.gz")
"""Endings of images that are not read here."""

_UNREAD_ADVICE = f"an image of a format that is not read: convert it to one of {', '.join(SUFFIXES)}, or move it away"
_DEEP_ADVICE = "image files are taken from the folder itself only: prepare this one separately, or move it away"
_DICOM_ADVICE = "DICOM files beside images of other formats: prepare them separately, or move them away"

log = logging.getLogger(__name__)


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


def find_sources(path: Path, except_for: Path) -> tuple[list[Source], list[Problem]]:
    """All images of a file or folder in natural order, and the images in it that would be left out in silence.

    Args:
        path: the file or folder.
        except_for: a folder in it whose images do not count, where the inputs go.

    Raises:
        ValueError: if there is none.
    """
    expected = f"expected an image ({', '.join(SUFFIXES)}), a folder of images, or a folder with DICOM series"
    if path.is_file():
        if suffix_of(path) is None:
            raise ValueError(f"{path}: {expected}")
        return [_file_source(path)], []
    if not path.is_dir():
        raise ValueError(f"{path}: no such file or folder; {expected}")
    files = [one for one in path.iterdir() if one.is_file() and suffix_of(one) and not one.name.startswith(".")]
    sources = [_file_source(one) for one in files] or _dicom_sources(path)
    others = _others(path, {file for source in sources for file in source.files}, except_for)
    problems = _left_out(path, others, only_top=bool(files))
    if not sources and not problems:
        raise ValueError(f"{path}: nothing to prepare; {expected}")
    return sorted(sources, key=lambda one: natural_key(one.case)), problems


def _others(root: Path, taken: set[Path], except_for: Path) -> list[Path]:
    """Files below a folder that are not taken; hidden ones and those of one folder are passed over."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and Path(folder, n).resolve() != except_for)
        found += [Path(folder, name) for name in sorted(names) if not name.startswith(".")]
    return [one for one in found if one not in taken]


def _left_out(root: Path, others: Sequence[Path], only_top: bool) -> list[Problem]:
    """Images that nobody may think were prepared.

    Args:
        root: the folder.
        others: the files in it that are not taken.
        only_top: whether image files in the folder itself were taken. Then those in subfolders are no problem and only
            told, but DICOM files are, for which subfolders would have been searched.
    """
    below = [one for one in others if one.parent != root and (suffix_of(one) or _is_unread(one))]
    if only_top and below:
        log.info("passed over: %d images in subfolders of %s, such as %s", len(below), root, below[0])
    reported = [one for one in others if not (only_top and one in below)]
    problems = [Problem(os.path.relpath(one, root), _UNREAD_ADVICE) for one in reported if _is_unread(one)]
    problems += [Problem(os.path.relpath(one, root), _DEEP_ADVICE) for one in reported if suffix_of(one)]
    if only_top:
        folders = {one.parent for one in others if not suffix_of(one) and _is_dicom(one)}
        problems += [Problem(os.path.relpath(one, root), _DICOM_ADVICE) for one in folders]
    return problems


def _is_unread(path: Path) -> bool:
    return path.name.lower().endswith(_UNREAD)


def _is_dicom(path: Path) -> bool:
    """By the four letters after the preamble of 128 bytes (DICOM PS3.10); a DICOMDIR lists files and is no image."""
    if path.name == "DICOMDIR":
        return False
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


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
