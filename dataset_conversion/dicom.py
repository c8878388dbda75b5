"""Finding DICOM series, and which of them are no volume: localisers, screenshots, slices of several directions."""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813

_SERIES_NUMBER, _IMAGE_TYPE = "0020|0011", "0008|0008"
_LOCALISER = "LOCALIZER"
"""Among the values of the image type (DICOM PS3.3, C.8.3.1.1.1)."""

_PARALLEL = 0.999
"""Cosine of 2.6 degrees, far below the tilts between the slices of neighbouring discs."""


@dataclass(frozen=True)
class Series:
    """One DICOM series.

    Attributes:
        number: by which it is told from the others of its folder; empty where there is no other.
        label: what it is called in messages.
        files: its slices in spatial order.
        unfit: why it is no volume that could be segmented; None for others, which may be damaged still.
    """

    number: str
    label: str
    files: tuple[Path, ...]
    unfit: str | None


def find_series(root: Path) -> list[Series]:
    """All series in a folder and its subfolders."""
    return [one for folder, _, names in os.walk(root) if names for one in _series_in(Path(folder), root)]


def folder_names(folders: Iterable[Path]) -> dict[Path, str]:
    """Names for cases by their folders: the folder's own, with those above before it where several have one name.

    Never by patient as in the files: such names end up in file names and tables that are passed on.

    Args:
        folders: absolute paths.
    """
    parts = {folder: [*filter(None, map(_plain, folder.parts))] or ["case"] for folder in folders}
    ends: dict[Path, str] = {}
    names: dict[Path, str] = {}
    for depth in range(1, max(map(len, parts.values()), default=0) + 1):
        ends = {folder: "_".join(parts[folder][-depth:]) for folder in parts}
        counts = Counter(ends.values())
        names = {folder: end for folder, end in ends.items() if counts[end] == 1} | names
    return ends | names


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name).strip("_.")


def _series_in(folder: Path, root: Path) -> list[Series]:
    with _without_warnings():  # there is one for every folder without a series
        identifiers = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    found = []
    for identifier in identifiers:
        files = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), identifier)
        label = f"{os.path.relpath(folder, root)} (DICOM series {identifier})"
        found.append((label, tuple(map(Path, files))))
    numbers = _numbers([files for _, files in found])
    return [Series(number, label, files, _unfit(files)) for number, (label, files) in zip(numbers, found, strict=True)]


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep ITK from writing warnings; what it raises stays."""
    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)


def _numbers(series: Sequence[tuple[Path, ...]]) -> list[str]:
    """Numbers of the series of one folder; those that have one number are counted in the order of their identifiers."""
    if len(series) == 1:
        return [""]
    numbers = [_tag(_header(files[0]), _SERIES_NUMBER) or "0" for files in series]
    counts, seen = Counter(numbers), Counter()
    found = []
    for number in numbers:
        seen[number] += 1
        found.append(number + f"-{seen[number]}" * (counts[number] > 1))
    return found


def _unfit(files: Sequence[Path]) -> str | None:
    headers = [_header(file) for file in files]
    if None in headers:  # the reader of the series says what is wrong
        return None
    if _LOCALISER in _tag(headers[0], _IMAGE_TYPE).upper().split("\\"):
        return "a localiser"
    if headers[0].GetNumberOfComponents() > 1:
        return "in colour: a screenshot or a map"
    directions = np.array([np.reshape(one.GetDirection(), (one.GetDimension(),) * 2)[:3, 2] for one in headers])
    if (np.abs(directions @ directions[0]) < _PARALLEL).any():
        return "its slices are not parallel, so that they are no volume"
    return None


def _header(file: Path) -> sitk.ImageFileReader | None:
    """The header of a slice; None where it cannot be read as an image."""
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(file))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return None
    return reader if reader.GetDimension() >= 3 else None


def _tag(header: sitk.ImageFileReader | None, key: str) -> str:
    return header.GetMetaData(key).strip() if header is not None and header.HasMetaDataKey(key) else ""
