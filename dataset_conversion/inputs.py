"""Finding the images to prepare: one file, a folder of files, or DICOM series."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nnunet_spine.dataset_conversion.dicom import find_series, folder_names
from nnunet_spine.dataset_conversion.problems import Problem, natural_key
from nnunet_spine.dataset_conversion.reading import SUFFIXES, read_dicom_series, read_volume, suffix_of
from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.plumbing.wording import counted

_UNREAD = (".mhd", ".nhdr", ".img", ".img.gz", ".mgh", ".mgz", ".mnc", ".gipl", ".gipl.gz")
"""Endings of images that are not read here."""

_UNREAD_ADVICE = f"an image of a format that is not read: convert it to one of {', '.join(SUFFIXES)}, or move it away"
_DEEP_ADVICE = "image files of subfolders are not taken: move them away, or run"
_DICOM_ADVICE = "DICOM files beside images of other formats: prepare them separately, or move them away"


@dataclass(frozen=True)
class Source:
    """One image to prepare.

    Attributes:
        case: its name as a case of nnU-Net.
        label: what it is called in messages.
        files: the file, or the slices of a DICOM series in spatial order.
        series: number of a DICOM series in its folder, empty where there is no other; None for a file.
    """

    case: str
    label: str
    files: tuple[Path, ...]
    series: str | None = None

    @property
    def file_name(self) -> str:
        """Name of the input file for nnU-Net; 0000 is the number of the only channel."""
        return f"{self.case}_0000.nii.gz"

    def read(self) -> Volume:
        """Read it.

        Raises:
            ValueError: if it cannot be used.
        """
        return read_volume(self.files[0]) if self.series is None else read_dicom_series(self.files)


@dataclass(frozen=True)
class Found:
    """What there is to prepare.

    Attributes:
        sources: the images, in natural order.
        problems: what stands in the way: images that would be left out in silence.
        passed_over: what is left out, and why; the user is to be told.
    """

    sources: tuple[Source, ...]
    problems: tuple[Problem, ...] = ()
    passed_over: tuple[str, ...] = ()


def find_sources(path: Path, except_for: Path, command: Callable[[Path], str], skipped: Collection[Path] = ()) -> Found:
    """All images of a file or folder.

    Args:
        path: the file or folder.
        except_for: a folder in it whose images do not count, where the inputs go.
        command: what to type for a folder in it.
        skipped: files of the folder that are no images to prepare.

    Raises:
        ValueError: if there is none.
    """
    expected = f"expected an image ({', '.join(SUFFIXES)}), a folder of images, or a folder with DICOM series"
    if path.is_file():
        if suffix_of(path) is None:
            raise ValueError(f"{path}: {expected}")
        return Found((_file_source(path),))
    if not path.is_dir():
        raise ValueError(f"{path}: no such file or folder; {expected}")
    files = [one for one in path.iterdir() if one.is_file() and suffix_of(one) and not one.name.startswith(".")]
    files = [one for one in files if one not in skipped]
    found = _files_of(path, files, except_for) if files else _series_of(path, except_for, command)
    if not found.sources and not found.problems:
        raise ValueError(f"{path}: nothing to prepare; {expected}")
    return found


def in_order(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Images in natural order of their names, which DICOM series get here: where folders have one name, all decide."""
    folders = {one: one.files[0].parent.resolve() for one in sources if one.series is not None}
    names = folder_names(folders.values())
    named = [
        replace(one, case="_".join(filter(None, (names[folders[one]], one.series)))) if one in folders else one
        for one in sources
    ]
    return tuple(sorted(named, key=lambda one: natural_key(one.case)))


def _files_of(root: Path, files: Sequence[Path], except_for: Path) -> Found:
    others = _others(root, set(files), except_for)
    below = [one for one in others if one.parent != root and (suffix_of(one) or _is_unread(one))]
    problems = _unread(root, [one for one in others if one not in below])
    folders = {one.parent for one in others if not suffix_of(one) and _is_dicom(one)}
    problems += [Problem(os.path.relpath(one, root), _DICOM_ADVICE) for one in folders]
    told = [f"{counted(len(below), 'image')} in subfolders of {root}, such as {below[0]}"] if below else []
    return Found(in_order([_file_source(one) for one in files]), tuple(problems), tuple(told))


def _series_of(root: Path, except_for: Path, command: Callable[[Path], str]) -> Found:
    series = find_series(root)
    fit = [Source("", one.label, one.files, one.number) for one in series if one.unfit is None]
    unfit = [one for one in series if one.unfit is not None]
    others = _others(root, {file for one in series for file in one.files}, except_for)
    problems = [*_unread(root, others), *_deep(root, others, command)]
    if not fit:  # then these are what was meant
        problems += [Problem(one.label, f"cannot be segmented: {one.unfit}") for one in unfit]
    return Found(in_order(fit), tuple(problems), tuple(f"{root / one.label}: {one.unfit}" for one in unfit))


def _others(root: Path, taken: set[Path], except_for: Path) -> list[Path]:
    """Files below a folder that are not taken; hidden ones and those of one folder are passed over."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and Path(folder, n).resolve() != except_for)
        found += [Path(folder, name) for name in sorted(names) if not name.startswith(".")]
    return [one for one in found if one not in taken and one.is_file()]


def _unread(root: Path, others: Sequence[Path]) -> list[Problem]:
    """Images that nobody may think were prepared."""
    return [Problem(os.path.relpath(one, root), _UNREAD_ADVICE) for one in others if _is_unread(one)]


def _deep(root: Path, others: Sequence[Path], command: Callable[[Path], str]) -> list[Problem]:
    """The same of images that could be read, by their folders."""
    counts = Counter(one.parent for one in others if one.parent != root and suffix_of(one))
    return [
        Problem(os.path.relpath(folder, root), f"{counted(count, 'image')}; {_DEEP_ADVICE}: {command(folder)}")
        for folder, count in counts.items()
    ]


def _is_unread(path: Path) -> bool:
    return path.name.lower().endswith(_UNREAD)


def _is_dicom(path: Path) -> bool:
    """By the four letters after the preamble of 128 bytes (DICOM PS3.10); a DICOMDIR lists files and is no image."""
    if path.name == "DICOMDIR":
        return False
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _file_source(path: Path) -> Source:
    # A name that has nnU-Net's channel number already keeps it only once.
    stem = path.name[: -len(suffix_of(path))].removesuffix("_0000")
    return Source(stem, path.name, (path,))
