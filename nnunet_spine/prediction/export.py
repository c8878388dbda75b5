"""A trained model as one small file, which nnUNetv2_install_pretrained_model_from_zip installs.

nnU-Net's own export takes checkpoints as they are, two thirds of which is the state of the optimizer, and asks for
what prediction does not need: curves of the training, scores of the validation with the paths of their files. So the
file is written here, in its layout: `DatasetXXX_NAME/TRAINER__PLANS__CONFIGURATION/` with plans.json, dataset.json and
`fold_X/checkpoint_final.pth`. Equal models give equal files.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO

import torch

from nnunet_spine.finetuning.checkpoints import read_checkpoint
from nnunet_spine.plumbing.datasets import read_description
from nnunet_spine.plumbing.files import new_folder, write_beside
from nnunet_spine.plumbing.names import DESCRIPTION, FINAL, PLANS
from nnunet_spine.prediction.folds import checkpoints_of, unfinished_folds
from nnunet_spine.prediction.plans import read_plans

_KEPT = ("network_weights", "trainer_name", "inference_allowed_mirroring_axes", "current_epoch")
_OF_THE_TRAINING = ("plans", "dataset_json", "device")
"""Among the arguments of the trainer: the first two lie beside the folds."""

_FILES = "dataset"
"""Entry of a dataset.json that names the training images."""

_PARTS_KEPT = 3
_DATE = (1980, 1, 1, 0, 0, 0)
"""The first that a zip file can name."""


@dataclass(frozen=True)
class Exported:
    """What a file was made of.

    Attributes:
        folds: names of the folds in it.
        unfinished: names of folds of the model that are not, because their training has not ended.
    """

    folds: tuple[str, ...]
    unfinished: tuple[str, ...]


def export_model(paths: Sequence[Path], output: Path) -> Exported:
    """Write a model as a file.

    Args:
        paths: its folder for all folds whose training has ended, or folders of some folds, or a checkpoint of each,
            such as an averaged one; in the file every checkpoint has nnU-Net's name of a final one.
        output: ends in .zip; a file that is there is replaced.

    Raises:
        ValueError: if that is no model, or not one, or a fold that was asked for by its name has not ended.
        OSError: if the file cannot be written.
    """
    if output.suffix != ".zip":
        raise ValueError(f"{output}: expected a name that ends in .zip")
    checkpoints = [one for path in paths for one in checkpoints_of(path)]
    folders, folds = {one.parents[1] for one in checkpoints}, [one.parent.name for one in checkpoints]
    if len(folders) > 1:
        raise ValueError(f"expected folds of one model, got of {len(folders)}: {', '.join(map(str, sorted(folders)))}")
    if len(set(folds)) < len(folds):
        raise ValueError(f"expected every fold once, got {', '.join(folds)}")
    (folder,) = folders
    with new_folder(output.parent):
        write_beside(output, lambda file: _write(file, folder, checkpoints))
    return Exported(tuple(folds), tuple(fold for path in paths for fold in unfinished_folds(path)))


def slimmed(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """What prediction and fine-tuning need of a checkpoint, and the settings that it was trained with."""
    arguments = {key: value for key, value in checkpoint["init_args"].items() if key not in _OF_THE_TRAINING}
    kept = {key: checkpoint[key] for key in _KEPT if key in checkpoint}
    return {**kept, "init_args": without_folders(arguments)}


def without_folders(value: Any) -> Any:
    """The same with no more of every absolute path in it than its last parts: fold and model stay, the machine goes."""
    if isinstance(value, Mapping):
        return {key: without_folders(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(without_folders(one) for one in value)
    if isinstance(value, str | PurePath):
        for kind in (PurePosixPath, PureWindowsPath):
            path = kind(value)
            if path.is_absolute():
                return "/".join(path.parts[1:][-_PARTS_KEPT:])
    return value


def _write(file: BinaryIO, folder: Path, checkpoints: Sequence[Path]) -> None:
    plans, description = read_plans(folder / PLANS), dict(read_description(folder / DESCRIPTION))
    description.pop(_FILES, None)
    inside = PurePosixPath(plans["dataset_name"], folder.name)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in ((PLANS, plans), (DESCRIPTION, description)):
            _add(archive, inside / name, json.dumps(without_folders(content), indent=4).encode())
        for path in checkpoints:
            stream = io.BytesIO()
            torch.save(slimmed(read_checkpoint(path)), stream)
            _add(archive, inside / path.parent.name / FINAL, stream.getvalue())


def _add(archive: zipfile.ZipFile, name: PurePosixPath, content: bytes) -> None:
    entry = zipfile.ZipInfo(str(name), _DATE)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
