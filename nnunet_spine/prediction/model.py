"""A trained model by what a user calls it: a name, a zip file, or what nnU-Net left in its folder of results."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from nnunet_spine import models
from nnunet_spine.dataset_conversion.provenance import sha256_of
from nnunet_spine.plumbing.files import read_json
from nnunet_spine.plumbing.names import DESCRIPTION, FINAL, PLANS

_EXPECTED = (
    "expected a file of nnunet-spine export or nnUNetv2_export_model_to_zip, the folder of a trained model or of one "
    "of its folds, or a checkpoint in it"
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
    """

    name: str
    sha256: str
    checkpoints: tuple[Path, ...]
    plans: Mapping[str, Any]
    description: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        """Where plans.json, dataset.json and the folds lie: `.../DatasetXXX_NAME/TRAINER__PLANS__CONFIGURATION`."""
        return self.checkpoints[0].parents[1]


@contextlib.contextmanager
def opened(given: str | None) -> Iterator[Model]:
    """A model for the duration of the block.

    Args:
        given: name of a model that is installed with the package, a zip file of one model, its folder, the folder of
            one of its folds, or a checkpoint; None for the default.

    Raises:
        ValueError: if it is none of these.
    """
    path = Path(models.DEFAULT if given is None else given)
    if given is None or (given in models.names() and not path.exists()):
        path = models.path_of(path.name)
    if not path.exists():
        there = ", ".join(models.names()) or "none"
        raise ValueError(f"{path}: no such model; {_EXPECTED}, or the name of one that is installed ({there})")
    if path.is_file() and path.suffix != ".pth":
        with TemporaryDirectory(prefix="nnunet-spine-") as folder:
            yield _model(_unpacked(path, Path(folder)), path.stem, sha256_of([path]))
        return
    checkpoints = checkpoints_of(path)
    folder = checkpoints[0].parents[1]
    files = [folder / PLANS, folder / DESCRIPTION, *checkpoints]
    yield _model(checkpoints, "/".join(path.resolve().parts[-2:]), sha256_of(files))


def checkpoints_of(path: Path) -> tuple[Path, ...]:
    """The checkpoints of a model's folder (its final ones, of every fold), of a fold's folder, or the one given.

    Raises:
        ValueError: if there is none, or the plans of the model are not where nnU-Net puts them.
    """
    path = path.resolve()
    if path.is_file():
        found = [path]
    elif (path / PLANS).is_file():
        found = sorted(path.glob(f"fold_*/{FINAL}"))
    else:
        found = [path / FINAL] if (path / FINAL).is_file() else []
    if not found:
        raise ValueError(f"{path}: no {FINAL} there; {_EXPECTED}")
    missing = [name for name in (PLANS, DESCRIPTION) if not (found[0].parents[1] / name).is_file()]
    if missing:
        raise ValueError(f"{path}: no {' and no '.join(missing)} in {found[0].parents[1]}; {_EXPECTED}")
    return tuple(found)


def _unpacked(path: Path, folder: Path) -> tuple[Path, ...]:
    """Unpack a zip file; the checkpoints of the only model in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [PurePosixPath(name) for name in archive.namelist()]
            found = sorted(str(one.parent) for one in members if one.name == PLANS)
            if len(found) != 1:
                several = f"{len(found)} models ({', '.join(found)}): unpack it and give the folder of one"
                raise ValueError(f"{path}: expected a file of one model, got {several if found else 'no ' + PLANS}")
            archive.extractall(folder)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{path}: {error}; {_EXPECTED}") from None
    try:
        return checkpoints_of(folder / found[0])
    except ValueError as error:
        raise ValueError(f"{path}: {str(error).replace(str(folder.resolve()), path.name)}") from None


def _model(checkpoints: tuple[Path, ...], name: str, sha256: str) -> Model:
    plans, description = (read_json(checkpoints[0].parents[1] / file) for file in (PLANS, DESCRIPTION))
    return Model(name, sha256, checkpoints, plans, description)
