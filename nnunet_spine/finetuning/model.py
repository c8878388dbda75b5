"""A trained model: what nnU-Net leaves in its folder of results."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

from nnunet_spine.dataset_conversion.provenance import fingerprint
from nnunet_spine.finetuning.checkpoints import Weights, read_checkpoint
from nnunet_spine.plumbing.files import read_json
from nnunet_spine.plumbing.names import DESCRIPTION, FINAL, PLANS
from nnunet_spine.prediction.model import located


@dataclass(frozen=True)
class TrainedModel:
    """One fold of a trained model.

    Attributes:
        checkpoint: its file; of a zip file its place in it, `FILE.zip/fold_X/checkpoint_final.pth`.
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


@contextlib.contextmanager
def opened_fold(given: str) -> Iterator[tuple[TrainedModel, Path]]:
    """Read a model of one fold by what a user calls it.

    Args:
        given: see `nnunet_spine.prediction.model.located`.

    Yields:
        The model, and its checkpoint on the disk; that of a zip file is unpacked for the duration of the block.

    Raises:
        ValueError: if it is none or damaged, has several folds, or is the second stage of a cascade.
    """
    with located(given) as place:
        advice = "give the folder of one" if place.unpacked is None else "unpack it and give the folder of one"
        checkpoint = _only(place.checkpoints, given, advice)
        yield replace(_read(checkpoint), checkpoint=place.named(checkpoint)), checkpoint


def model_named(given: str) -> TrainedModel:
    """The same where the file does not matter any more.

    Args:
        given: as there.

    Raises:
        ValueError: as there.
    """
    with opened_fold(given) as (model, _):
        return model


def weights_named(given: str) -> tuple[Weights, Path]:
    """Weights of a checkpoint wherever it lies, or of a model of one fold by what a user calls it.

    Args:
        given: a file `.pth`, or as for `opened_fold`.

    Returns:
        The weights, and where they come from.

    Raises:
        ValueError: as there, and for a file that is no checkpoint.
    """
    path = Path(given)
    if path.suffix == Path(FINAL).suffix:
        return read_checkpoint(path)["network_weights"], path.resolve()
    model = model_named(given)
    return model.weights, model.checkpoint


def _only(checkpoints: Sequence[Path], given: str, advice: str) -> Path:
    if len(checkpoints) > 1:
        folds = ", ".join(one.parent.name for one in checkpoints)
        raise ValueError(f"{given}: expected a model of one fold, got {len(checkpoints)} ({folds}): {advice}")
    return checkpoints[0]


def _read(checkpoint: Path) -> TrainedModel:
    content = read_checkpoint(checkpoint)
    plans, description = (read_json(checkpoint.parents[1] / name) for name in (PLANS, DESCRIPTION))
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
