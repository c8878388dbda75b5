"""A trained model: one fold of one training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_spine.experiments.graph.preprocess import Prepared
from nnunet_spine.experiments.nodes import address
from nnunet_spine.plumbing.names import FINAL


@dataclass(frozen=True)
class Model:
    """A model that a node makes.

    Attributes:
        node: id of the node after which the checkpoint is there.
        training: digest of the training, the same for all its folds.
        folder: of the fold, as nnU-Net names it.
        checkpoint: name of the file in it.
        trainer: name of its trainer.
        fold: number of its fold.
        seed: of the training.
        trained_on: the data that its weights have seen the training part of; the last is that of the last training.
    """

    node: str
    training: str
    folder: Path
    checkpoint: str
    trainer: str
    fold: int
    seed: int
    trained_on: tuple[Prepared, ...]

    @property
    def prepared(self) -> Prepared:
        """The data of the last training."""
        return self.trained_on[-1]


AVERAGED, MADE_BY_FINETUNE = "checkpoint_averaged.pth", 0.5
"""What `nnunet-spine finetune` leaves beside the final one, and its share of the weights after."""


def digest_of_training(settings: Mapping[str, Any], prepared: Prepared) -> str:
    """Of what all folds of a training have in common: their models lie together."""
    return address("models", settings, (prepared.node,)).partition("-")[2]


def fold_folder(results: Path, trainer: str, prepared: Prepared, fold: int) -> Path:
    """Where nnU-Net puts a fold: `DatasetXXX_NAME/TRAINER__PLANS__CONFIGURATION/fold_N`."""
    return results / prepared.data.name / f"{trainer}__{prepared.plans}__{prepared.configuration}" / f"fold_{fold}"


def results_of_training(folder: Path) -> tuple[str, ...]:
    """What nnU-Net leaves at the end of a training."""
    return str(folder / FINAL), str(folder / "validation" / "summary.json")
