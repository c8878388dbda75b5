"""A trainer and its split tried out before hours of preprocessing, for what they refuse."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import torch

from nnunet_spine.dataset_conversion.splits import MAX_FOLDS, SPLITS
from nnunet_spine.finetuning.plans import variables
from nnunet_spine.finetuning.preparation import Target


def make_trainer(trainer: type, target: Target) -> Any:
    """The trainer on a data set; it gets plans of its own, because some recipes change them."""
    plans = {**copy.deepcopy(target.plans), "continue_training": False}
    description = copy.deepcopy(dict(target.raw.description))
    return trainer(plans, target.configuration, target.fold, description, torch.device("cpu"))


def rehearse(trainer: type, target: Target) -> None:
    """Make the trainer and its split in a folder for the moment, by nnU-Net's own code, from the names of the cases.

    Args:
        trainer: class of the trainer.
        target: the data set, which need not be preprocessed.

    Raises:
        ValueError: if the fold is not there, or has too few patients.
        NotImplementedError: if the trainer refuses the plan or the data.
    """
    _require_fold(target)
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(io.StringIO()),
        variables(nnUNet_results=folder, nnUNet_wandb_enabled="0"),
    ):
        made = make_trainer(trainer, target)
        made.preprocessed_dataset_folder_base = folder
        made.dataset_class = _names_only(target.names())
        if target.split is not None:
            Path(folder, SPLITS).write_text(json.dumps(target.split), encoding="utf-8")
        try:
            made.do_split()
        except ValueError as error:
            raise ValueError(f"fold {target.fold} of {target.raw.name}: {error}") from None


def _require_fold(target: Target) -> None:
    """Refuse a fold that the split has not: nnU-Net would train on random cases, and only its log says so.

    Raises:
        ValueError: if there is no such fold, or there are too few cases for folds.
    """
    if target.fold == "all":
        return
    of = f"fold {target.fold} of {target.raw.name}"
    cases = len(target.names())
    if target.split is None and cases < MAX_FOLDS:
        raise ValueError(
            f"{of}: nnU-Net needs {MAX_FOLDS} cases to split those of one patient, got {cases}; "
            "--fold all trains on all of them"
        )
    folds = MAX_FOLDS if target.split is None else len(target.split)
    if target.fold >= folds:
        raise ValueError(f"{of}: expected 0 to {folds - 1}, or all; nnU-Net would take random cases for another one")


def _names_only(names: list[str]) -> type:
    """What nnU-Net's trainer asks its data for when it splits them."""

    class Names:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.identifiers = list(names)

        @staticmethod
        def get_identifiers(folder: str) -> list[str]:
            return list(names)

    return Names
