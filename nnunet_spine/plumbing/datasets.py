"""Finding nnU-Net raw data sets and the files of their training cases; nothing is read but dataset.json."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_spine.plumbing.files import read_json
from nnunet_spine.plumbing.wording import listed

_FOLDER = re.compile(r"Dataset\d{3,}_.+")
_VARIABLE = "nnUNet_raw"
_NEEDED = ("channel_names", "labels", "file_ending")
_LISTED = 10
_LARGEST_LABEL = 32767  # label maps are int16


@dataclass(frozen=True)
class RawCase:
    """The files of one training case.

    Attributes:
        name: the case's identifier, such as `1_t1`.
        images: one file for each channel.
        label: the label map.
    """

    name: str
    images: tuple[Path, ...]
    label: Path


@dataclass(frozen=True)
class RawDataset:
    """An nnU-Net raw data set.

    Attributes:
        folder: its folder.
        description: content of its dataset.json.
    """

    folder: Path
    description: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The folder's name, `DatasetXXX_NAME` where nnU-Net can find it."""
        return self.folder.resolve().name

    @property
    def labels(self) -> Mapping[str, int | Sequence[int]]:
        """Value of every label, or values of every region, by its name."""
        return self.description["labels"]

    @property
    def has_training(self) -> bool:
        """Whether there are training cases: a data set may be for tests only."""
        return bool(self.description.get("dataset")) or any((self.folder / "imagesTr").glob("*"))

    def require_one_channel(self) -> None:
        """Refuse data of several channels, which are images of different contrast.

        Raises:
            ValueError: if there are several.
        """
        channels = self.description["channel_names"]
        if len(channels) != 1:
            raise ValueError(f"{self.folder}: expected data of 1 channel, got {len(channels)} ({channels})")

    def cases(self) -> tuple[RawCase, ...]:
        """The training cases in the order of their names; every file is there.

        Raises:
            ValueError: if there is no case, or a file of one is missing.
        """
        entries = self.description.get("dataset")
        cases = self._listed(entries) if entries else self._found()
        if not cases:
            ending = self.description["file_ending"]
            raise ValueError(f"{self.folder}: expected training cases in imagesTr, found none (NAME_0000{ending})")
        missing = [str(path) for case in cases for path in (*case.images, case.label) if not path.is_file()]
        if missing:
            raise ValueError(f"{self.folder}: files of training cases are missing: {listed(missing, _LISTED)}")
        channels = len(self.description["channel_names"])
        odd = [f"{len(case.images)} of {case.name}" for case in cases if len(case.images) != channels]
        if odd:
            plural = "s" * (channels != 1)
            raise ValueError(
                f"{self.folder}: expected {channels} image{plural} of every case, got {listed(odd, _LISTED)}"
            )
        return cases

    def test_cases(self) -> tuple[RawCase, ...]:
        """The cases in imagesTs that have a label map in labelsTs, in the order of their names."""
        return tuple(case for case in self._found("Ts") if case.label.is_file())

    def choose(self, names: Sequence[str]) -> tuple[RawCase, ...]:
        """The cases of these names, in their order.

        Raises:
            ValueError: naming the cases that there are.
        """
        cases = {case.name: case for case in self.cases()}
        unknown = [name for name in names if name not in cases]
        if unknown:
            known = listed(list(cases), _LISTED)
            raise ValueError(f"{self.folder}: no training case {', '.join(unknown)}; there are {known}")
        return tuple(cases[name] for name in names)

    def _listed(self, entries: Mapping[str, Mapping[str, Any]]) -> tuple[RawCase, ...]:
        """Cases whose files dataset.json names itself, relative to the folder."""
        try:
            return tuple(
                RawCase(name, tuple(map(self._path, entry["images"])), self._path(entry["label"]))
                for name, entry in sorted(entries.items())
            )
        except (AttributeError, KeyError, TypeError) as error:
            expected = "expected images and label for each case"
            raise ValueError(f"{self.folder / 'dataset.json'}: dataset: {expected}") from error

    def _found(self, part: str = "Tr") -> tuple[RawCase, ...]:
        """Cases by the names of their files, of the training part `Tr` or the test part `Ts`."""
        ending = self.description["file_ending"]
        pattern = re.compile(rf"(.+)_\d{{4}}{re.escape(ending)}")
        images: dict[str, list[Path]] = {}
        folder = self.folder / f"images{part}"
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if match := pattern.fullmatch(path.name):
                images.setdefault(match[1], []).append(path)
        labels = self.folder / f"labels{part}"
        return tuple(RawCase(name, tuple(paths), labels / f"{name}{ending}") for name, paths in sorted(images.items()))

    def _path(self, entry: str) -> Path:
        return self.folder / os.path.expandvars(entry)


def find_raw_dataset(which: str | int | Path) -> RawDataset:
    """A raw data set by its id, by its name under nnUNet_raw, or by its folder.

    Args:
        which: such as `501`, `Dataset501_Spine`, or a path.

    Raises:
        ValueError: if there is none, there are several, or its dataset.json lacks something.
    """
    return read_raw_dataset(_folder_of_id(int(which)) if str(which).isdecimal() else _folder_of_name(str(which)))


def read_raw_dataset(folder: Path) -> RawDataset:
    """The raw data set in a folder.

    Raises:
        ValueError: if its dataset.json is missing or lacks something.
    """
    file = folder / "dataset.json"
    if not file.is_file():
        raise ValueError(f"{folder}: expected an nnU-Net raw data set, found no dataset.json")
    return RawDataset(folder, read_description(file))


def read_description(file: Path) -> Mapping[str, Any]:
    """Content of a dataset.json.

    Raises:
        ValueError: if it lacks something, or something is not as nnU-Net expects it.
        OSError: if it cannot be read.
    """
    description = read_json(file)
    missing = [key for key in _NEEDED if not isinstance(description, dict) or not description.get(key)]
    if missing:
        raise ValueError(f"{file}: lacks {', '.join(missing)}; expected a dataset.json of nnU-Net v2")
    for key, (fits, expected) in _EXPECTED.items():
        if not fits(description[key]):
            raise ValueError(f"{file}: {key}: expected {expected}, got {description[key]!r}")
    return description


def _are_channels(value: Any) -> bool:
    return isinstance(value, dict) and all(key.isdecimal() for key in value)


def _are_labels(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_label, value.values()))


def _is_label(value: Any) -> bool:
    """A value, or the values of a region."""
    values = value if isinstance(value, list) and value else [value]
    return all(isinstance(one, int) and 0 <= one <= _LARGEST_LABEL for one in values)


_EXPECTED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "channel_names": (_are_channels, "a name for each number of a channel"),
    "labels": (_are_labels, f"for each name a whole number from 0 to {_LARGEST_LABEL}, or a list of them"),
    "file_ending": (lambda value: isinstance(value, str), "a text such as .nii.gz"),
}


def _folder_of_name(name: str) -> Path:
    path = Path(name)
    if path.is_dir():
        return path
    if not _FOLDER.fullmatch(name):
        raise ValueError(f"data set {name}: expected an id, a name DatasetXXX_NAME, or a folder that is there")
    folder = _nnunet_raw() / name
    if not folder.is_dir():
        raise ValueError(f"data set {name}: not in {folder.parent}; there {_listing(folder.parent)}")
    return folder


def _folder_of_id(number: int) -> Path:
    raw = _nnunet_raw()
    folders = sorted(folder for folder in raw.glob(f"Dataset{number:03d}_*") if folder.is_dir())
    if not folders:
        raise ValueError(f"data set {number}: not in {raw}; there {_listing(raw)}")
    if len(folders) > 1:
        names = ", ".join(folder.name for folder in folders)
        raise ValueError(f"data set {number}: {len(folders)} folders in {raw} have this id ({names}); give the name")
    return folders[0]


def _nnunet_raw() -> Path:
    folder = os.environ.get(_VARIABLE)
    if not folder:
        raise ValueError("nnUNet_raw is not set: export it with the path of the folder of your raw data sets")
    if not Path(folder).is_dir():
        raise ValueError(f"nnUNet_raw={folder}: expected a folder that is there")
    return Path(folder)


def _listing(raw: Path) -> str:
    names = sorted(folder.name for folder in raw.iterdir() if folder.is_dir() and _FOLDER.fullmatch(folder.name))
    if not names:
        return "is none"
    return f"{'are' if len(names) > 1 else 'is'} {listed(names, _LISTED)}"
