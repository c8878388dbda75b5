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

from nnunet_spine.finetuning.model import TrainedModel

Plans = dict[str, Any]

_NOT_OF_PREPROCESSING = {"data_identifier", "patch_size", "batch_size", "batch_dice", "architecture"}
_OF_ALL_CONFIGURATIONS = ("image_reader_writer", "transpose_forward", "foreground_intensity_properties_per_channel")


def plans_for(model: TrainedModel, dataset: str, folder: Path, name: str | None) -> Plans:
    """The plans to fine-tune with; those that are there already if the model was trained with them.

    Args:
        model: the trained model.
        dataset: name of the data set to fine-tune on; it lies in nnUNet_raw.
        folder: of the preprocessed data set, which may not be there yet.
        name: of the plans there; None for `PLANSFromXXX`, XXX the id of the model's data set.

    Raises:
        ValueError: if other plans have that name.
    """
    own = _read(folder / f"{model.plans_name}.json") if dataset == model.dataset else None
    if own == model.plans and name in (None, model.plans_name):
        return own
    name = name or model.plans_name + _source(model.dataset)
    plans = _moved(model, dataset, name)
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
    number = re.match(r"Dataset(\d{3})_", dataset)
    return f"From{number[1] if number else dataset}"


def _moved(model: TrainedModel, dataset: str, name: str) -> Plans:
    """By nnU-Net's own function, which needs a preprocessed data set on both sides: here they are put up for it."""
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
        return json.loads((Path(folder) / dataset / f"{name}.json").read_text(encoding="utf-8"))


def _share_preprocessed(plans: Plans, own: Plans) -> None:
    """Use the data that is preprocessed for a data set's own plans wherever the same would be made again.

    A recipe may change the patch in the plans of its model, which changes nothing of the data.
    """
    if any(plans[key] != own[key] for key in _OF_ALL_CONFIGURATIONS):
        return
    for name, configuration in plans["configurations"].items():
        there = own["configurations"].get(name, {})
        if "data_identifier" in there and _of_preprocessing(configuration) == _of_preprocessing(there):
            configuration["data_identifier"] = there["data_identifier"]


def _of_preprocessing(configuration: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in configuration.items() if key not in _NOT_OF_PREPROCESSING}


def _read(path: Path) -> Plans | None:
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except ValueError as error:
        raise ValueError(f"{path}: expected JSON, got {error}") from error
