"""A model's plans for the data set that it is fine-tuned on."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nnunetv2.experiment_planning.plans_for_pretraining.move_plans_between_datasets import move_plans_between_datasets
from nnunetv2.imageio.reader_writer_registry import recursive_find_reader_writer_by_name
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

from nnunet_spine.finetuning.model import TrainedModel
from nnunet_spine.plumbing.datasets import RawDataset
from nnunet_spine.plumbing.files import read_json

Plans = dict[str, Any]

_NOT_OF_PREPROCESSING = {"data_identifier", "patch_size", "batch_size", "batch_dice", "architecture"}
_OF_ALL_CONFIGURATIONS = ("image_reader_writer", "transpose_forward", "foreground_intensity_properties_per_channel")


def plans_for(model: TrainedModel, raw: RawDataset, folder: Path, name: str | None) -> Plans:
    """The plans to fine-tune with; those that are there already if the model was trained with them.

    Args:
        model: the trained model.
        raw: the data set to fine-tune on; it lies in nnUNet_raw.
        folder: of the preprocessed data set, which may not be there yet.
        name: of the plans there; None for `PLANSFromXXX`, XXX the id of the model's data set.

    Raises:
        ValueError: if other plans have that name, or the model's reader of images cannot read the data set.
    """
    _require_readable(model, raw)
    own = _read(folder / f"{model.plans_name}.json") if raw.name == model.dataset else None
    if own == model.plans and name in (None, model.plans_name):
        return own
    name = name or model.plans_name + _source(model.dataset)
    plans = _moved(model, raw.name, name)
    if own is not None:
        _share_preprocessed(plans, own)
    there = _read(folder / f"{name}.json")
    if there not in (None, plans):
        raise ValueError(f"{folder / name}.json: other plans than those of the model; give another name by --plans")
    return plans


@contextlib.contextmanager
def variables(**values: str) -> Iterator[None]:
    """Environment variables for the time of the block; nnU-Net reads its own when it needs them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _source(dataset: str) -> str:
    number = re.match(r"Dataset(\d{3,})_", dataset)
    return f"From{number[1] if number else dataset}"


def _require_readable(model: TrainedModel, raw: RawDataset) -> None:
    name, ending = model.plans["image_reader_writer"], raw.description["file_ending"]
    try:
        endings = recursive_find_reader_writer_by_name(name).supported_file_endings
    except RuntimeError:
        raise ValueError(f"{model.checkpoint}: nnU-Net has no reader of images {name}, which its plans name") from None
    if ending.lower() not in endings:
        raise ValueError(
            f"{raw.folder}: the images of the model were read by {name}, which reads {', '.join(endings)} and not "
            f"{ending}; another reader may slice them along another axis. Write images and labels as {endings[-1]} "
            "(nnunet-spine convert does it for SPIDER, nnunet-spine prepare for any images)"
        )


def _moved(model: TrainedModel, dataset: str, name: str) -> Plans:
    """By nnU-Net's own function, which needs a preprocessed data set on both sides: here they are put up for it.

    It takes the reader of images that the new dataset.json implies. The model's is put back: the readers order axes
    differently, and a model of sagittal slices would be trained on coronal ones.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        variables(nnUNet_preprocessed=folder),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        for one in {model.dataset, dataset}:
            (Path(folder) / one).mkdir()
        source = Path(folder) / model.dataset / f"{model.plans_name}.json"
        source.write_text(json.dumps(model.plans), encoding="utf-8")
        move_plans_between_datasets(model.dataset, dataset, model.plans_name, name)
        moved = json.loads((Path(folder) / dataset / f"{name}.json").read_text(encoding="utf-8"))
    return moved | {"image_reader_writer": model.plans["image_reader_writer"]}


def _share_preprocessed(plans: Plans, own: Plans) -> None:
    """Use the data that is preprocessed for a data set's own plans wherever the same would be made again.

    A recipe may change the patch in the plans of its model, which changes nothing of the data.
    """
    if any(plans[key] != own[key] for key in _OF_ALL_CONFIGURATIONS):
        return
    manager, own_manager = PlansManager(plans), PlansManager(own)
    for name, configuration in plans["configurations"].items():
        if "data_identifier" not in configuration or name not in own["configurations"]:
            continue
        new, there = (one.get_configuration(name).configuration for one in (manager, own_manager))
        if _of_preprocessing(new) == _of_preprocessing(there):
            configuration["data_identifier"] = there["data_identifier"]


def _of_preprocessing(configuration: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in configuration.items() if key not in _NOT_OF_PREPROCESSING}


def _read(path: Path) -> Plans | None:
    return read_json(path) if path.is_file() else None
