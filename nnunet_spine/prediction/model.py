"""A trained model by what a user calls it: a name, a zip file, or what nnU-Net left in its folder of results."""

from __future__ import annotations

import contextlib
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from nnunet_spine import models
from nnunet_spine.dataset_conversion.provenance import sha256_of
from nnunet_spine.plumbing.datasets import read_description
from nnunet_spine.plumbing.names import DESCRIPTION, PLANS
from nnunet_spine.prediction.folds import FORMS, checkpoints_of, unfinished_folds
from nnunet_spine.prediction.plans import read_plans

_EXPECTED = f"expected a file of nnunet-spine export or nnUNetv2_export_model_to_zip, {FORMS}"
_MEANING = ("channel_names", "labels", "regions_class_order", "file_ending")
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,  # a compression that Python does not know
    RuntimeError,  # a password
)


@dataclass(frozen=True)
class Model:
    """A model on the disk.

    Attributes:
        name: to call it by.
        sha256: of the zip file; without one, of its plans, dataset.json and checkpoints one after the other.
        checkpoints: of the same name, a fold each.
        plans: content of plans.json.
        description: content of dataset.json.
        unfinished: names of folds that do not answer, because their training has not ended.
    """

    name: str
    sha256: str
    checkpoints: tuple[Path, ...]
    plans: Mapping[str, Any]
    description: Mapping[str, Any]
    unfinished: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where plans.json, dataset.json and the folds lie: `.../DatasetXXX_NAME/TRAINER__PLANS__CONFIGURATION`."""
        return self.checkpoints[0].parents[1]

    @property
    def meaning(self) -> dict[str, Any]:
        """What of dataset.json is true of its answers too; the rest is about the training images."""
        return meaning_of(self.description)


@dataclass(frozen=True)
class Place:
    """Where a model lies.

    Attributes:
        path: the zip file, folder or checkpoint that the user means.
        checkpoints: of the same name, a fold each.
        unpacked: folder with the content of the zip file; None where there is none.
    """

    path: Path
    checkpoints: tuple[Path, ...]
    unpacked: Path | None = None

    def named(self, file: Path) -> Path:
        """What to call a file of the model: that of a zip file by its path there, since it is soon unpacked no more."""
        return file if self.unpacked is None else self.path.resolve() / file.relative_to(self.unpacked)


def meaning_of(description: Mapping[str, Any]) -> dict[str, Any]:
    """What of a dataset.json tells what images and values mean."""
    return {key: description[key] for key in _MEANING if key in description}


@contextlib.contextmanager
def opened(given: str | None) -> Iterator[Model]:
    """A model for the duration of the block.

    Args:
        given: see `located`.

    Raises:
        ValueError: if it is no model, or damaged; it names the file, and what in it.
    """
    with located(given) as place:
        folder = place.checkpoints[0].parents[1]
        if place.unpacked is not None:
            name, files = place.path.stem, [place.path]
        else:
            name = "/".join(place.path.resolve().parts[-2:])
            files = [folder / PLANS, folder / DESCRIPTION, *place.checkpoints]
        plans, description = read_plans(folder / PLANS), read_description(folder / DESCRIPTION)
        unfinished = unfinished_folds(place.path)
        yield Model(name, sha256_of(files), place.checkpoints, plans, description, unfinished)


@contextlib.contextmanager
def located(given: str | None) -> Iterator[Place]:
    """The checkpoints of a model for the duration of the block; of a zip file they are unpacked for it.

    Args:
        given: name of a model that is installed with the package, a zip file of one model, its folder, the folder of
            one of its folds, or a checkpoint; None for the default. A name is that of the installed model also where
            there is a file of this name, which is told: `./NAME` is the file.

    Raises:
        ValueError: if it is none of these, or damaged; it names the file, and what in it.
    """
    path = _path_of(given)
    if path.is_file() and path.suffix != ".pth":
        with _unpacked(path) as folder:
            yield Place(path, checkpoints_of(folder, _EXPECTED), folder)
        return
    yield Place(path, checkpoints_of(path, _EXPECTED))


def _path_of(given: str | None) -> Path:
    if given is None:
        return models.path_of(models.DEFAULT)
    path = Path(given)
    if given in models.names():
        if path.exists():
            print(f"{given}: the installed model, not the file of this name here, which is ./{given}")
        return models.path_of(given)
    if not path.exists():
        there = ", ".join(models.names()) or "none"
        raise ValueError(f"{path}: no such model; {_EXPECTED}, or the name of one that is installed ({there})")
    return path


@contextlib.contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The folder of the only model in a zip file; errors that name what was unpacked name the file instead."""
    with TemporaryDirectory(prefix="nnunet-spine-") as name:
        folder = Path(name).resolve()
        try:
            yield folder / _unpack(path, folder)
        except ValueError as error:
            if str(folder) not in str(error):
                raise
            raise ValueError(str(error).replace(str(folder), str(path))) from error


def _unpack(path: Path, folder: Path) -> str:
    place = "not a zip file, or damaged"
    try:
        with zipfile.ZipFile(path) as archive:
            inside = _only_model(path, archive)
            for member in archive.namelist():
                place = member
                if PurePosixPath(member).is_relative_to(inside):
                    archive.extract(member, folder)
    except _DAMAGED as error:
        raise ValueError(f"{path}: {place}: {error}; {_EXPECTED}") from error
    return inside


def _only_model(path: Path, archive: zipfile.ZipFile) -> str:
    members = [PurePosixPath(name) for name in archive.namelist()]
    found = sorted(str(one.parent) for one in members if one.name == PLANS)
    if len(found) != 1:
        several = f"{len(found)} models ({', '.join(found)}): unpack it and give the folder of one"
        raise ValueError(f"{path}: expected a file of one model, got {several if found else 'no ' + PLANS}")
    return found[0]
