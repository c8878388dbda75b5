"""A trained model: what nnU-Net leaves in its folder of results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

from nnunet_spine.dataset_conversion.provenance import fingerprint
from nnunet_spine.finetuning.checkpoints import Weights, read_checkpoint
from nnunet_spine.plumbing.files import read_json
from nnunet_spine.plumbing.names import DESCRIPTION, FINAL, PLANS


@dataclass(frozen=True)
class TrainedModel:
    """One fold of a trained model.

    Attributes:
        checkpoint: its file.
        sha256: of that file, by which it is known wherever it lies.
        trainer: name of its trainer.
        configuration: nnU-Net's, such as `2d`.
        plans: content of plans.json.
        description: content of dataset.json.
        weights: of the network.
    """

    checkpoint: Path
    sha256: str
    trainer: str
    configuration: str
    plans: Mapping[str, Any]
    description: Mapping[str, Any]
    weights: Weights

    @property
    def plans_name(self) -> str:
        """Name of the plans, under which they lie in nnUNet_preprocessed."""
        return self.plans["plans_name"]

    @property
    def dataset(self) -> str:
        """Name of the data set that it was trained on."""
        return self.plans["dataset_name"]


def read_model(path: Path) -> TrainedModel:
    """Read a model.

    Args:
        path: `.../DatasetXXX_NAME/TRAINER__PLANS__CONFIGURATION/fold_X`, or a checkpoint in such a folder.

    Raises:
        ValueError: if it is none, or something of it is missing; or the second stage of a cascade.
    """
    checkpoint = _find_checkpoint(path).resolve()
    content = read_checkpoint(checkpoint)
    plans, description = (_read_description(checkpoint.parents[1] / name) for name in (PLANS, DESCRIPTION))
    configuration = content["init_args"].get("configuration")
    if configuration not in plans["configurations"]:
        raise ValueError(f"{checkpoint}: its configuration {configuration!r} is not in the plans.json of its model")
    if PlansManager(plans).get_configuration(configuration).previous_stage_name:  # which may be inherited
        raise ValueError(
            f"{checkpoint}: the second stage of a cascade is not supported; it needs the segmentations of the first"
        )
    return TrainedModel(
        checkpoint=checkpoint,
        sha256=fingerprint(checkpoint)["sha256"],
        trainer=content["trainer_name"],
        configuration=configuration,
        plans=plans,
        description=description,
        weights=content["network_weights"],
    )


def classes_of(description: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Name and value of every class that has an output of the network, in the order of the outputs."""
    labels = {name: value for name, value in description["labels"].items() if name != "ignore"}
    if any(isinstance(value, list) for value in labels.values()):
        return list(labels.items())
    return sorted(labels.items(), key=lambda item: item[1])


def channels_of(description: Mapping[str, Any]) -> list[str]:
    """Names of the channels, in their order; older data sets call them modalities, as nnU-Net still allows."""
    channels = description["modality"] if "modality" in description else description["channel_names"]
    return [channels[key] for key in sorted(channels, key=int)]


def _find_checkpoint(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise ValueError(f"{path}: expected the folder of a fold of a trained model, or a checkpoint; there is none")
    if (path / FINAL).is_file():
        return path / FINAL
    folds = sorted(folder.name for folder in path.glob("fold_*"))
    others = sorted(file.name for file in path.glob("*.pth"))
    advice = f"give one of {', '.join(folds)}" if folds else "give a checkpoint by its name" if others else ""
    there = f"; there are {', '.join(folds or others)}: {advice}" if advice else ""
    raise ValueError(f"{path}: expected the folder of a fold with {FINAL} in it{there}")


def _read_description(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ValueError(f"{path}: not there; it belongs to every model that nnU-Net trained, beside the folds")
    return read_json(path)
