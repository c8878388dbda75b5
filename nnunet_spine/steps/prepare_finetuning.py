"""A data set preprocessed with the plans of a model that is not trained yet, as `nnunet-spine finetune` does later.

    python -m nnunet_spine.steps.prepare_finetuning PREPROCESSED_DATASET RAW_DATASET -tr TRAINER -c 2d -p PLANS
        --name NEW_PLANS -np 8 [--same-data]

PREPROCESSED_DATASET is what the model is trained on, RAW_DATASET what it is fine-tuned on. If they are the same data,
which their names do not tell, what is preprocessed is not made again: links are.
"""

from __future__ import annotations

import argparse
import copy
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from nnunet_spine.dataset_conversion.nnunet_raw import NnunetFolders
from nnunet_spine.finetuning.model import TrainedModel
from nnunet_spine.finetuning.network import find_trainer
from nnunet_spine.finetuning.plans import plans_for, variables
from nnunet_spine.finetuning.preparation import Target
from nnunet_spine.finetuning.run import run_command
from nnunet_spine.plumbing.datasets import RawDataset, read_raw_dataset
from nnunet_spine.plumbing.files import read_json
from nnunet_spine.steps.entry import run_as_program
from nnunet_spine.steps.links import link


def main(argv: Sequence[str] | None = None) -> None:
    """Preprocess."""
    parser = argparse.ArgumentParser(description="Preprocess a data set with the plans of a model.")
    parser.add_argument("trained_on", type=Path, help="preprocessed data set of the model")
    parser.add_argument("raw", type=Path, help="raw data set to preprocess")
    parser.add_argument("-tr", required=True, metavar="TRAINER", help="of the model")
    parser.add_argument("-c", required=True, metavar="CONFIGURATION")
    parser.add_argument("-p", required=True, metavar="PLANS", help="of the model")
    parser.add_argument("--name", required=True, help="of the plans, moved")
    parser.add_argument("--same-data", action="store_true", help="RAW_DATASET is what was preprocessed")
    parser.add_argument("-np", type=int, default=1, help="processes")
    args = parser.parse_args(argv)
    model = untrained_model(args.trained_on, args.tr, args.c, args.p)
    raw = read_raw_dataset(args.raw)
    if args.same_data:
        _link(args.trained_on, NnunetFolders.from_environment().preprocessed / raw.name)
    prepare(model, raw, args.name, args.np)


def untrained_model(folder: Path, trainer: str, configuration: str, plans: str) -> TrainedModel:
    """The model that a trainer would make of preprocessed data: its plans are those as the trainer changes them."""
    description = read_json(folder / "dataset.json")
    changed = _plans_of_trainer(trainer, configuration, read_json(folder / f"{plans}.json"), description)
    return TrainedModel(
        checkpoint=folder / f"{plans}.json",
        sha256="",
        trainer=trainer,
        configuration=configuration,
        plans=changed,
        description=description,
        weights={},
    )


def prepare(model: TrainedModel, raw: RawDataset, name: str, processes: int) -> None:
    """Preprocess into nnUNet_preprocessed.

    Args:
        model: whose plans are used.
        raw: the data set, in nnUNet_raw.
        name: of the plans.
        processes: how many to use.
    """
    folder = NnunetFolders.from_environment().preprocessed / raw.name
    target = Target(raw, folder, plans_for(model, raw, folder, name), model.configuration, "all", processes)
    target.check(model)
    target.prepare(run_command)
    print(f"{folder}: preprocessed as {name}")


def _plans_of_trainer(name: str, configuration: str, plans: dict[str, Any], description: dict[str, Any]) -> Any:
    trainer = find_trainer(name)
    own = {**copy.deepcopy(plans), "continue_training": False}
    with tempfile.TemporaryDirectory() as folder:
        # Settings of synthesis change no plans, but a trainer may look for some that are not there yet.
        settings = Path(folder) / "synthesis.yaml"
        settings.write_text("preset: spine\n", encoding="utf-8")
        with variables(nnUNet_results=folder, nnUNet_wandb_enabled="0", nnUNet_spine_synth=str(settings)):
            made = trainer(own, configuration, 0, copy.deepcopy(description), torch.device("cpu"))
    return made.plans_manager.plans


def _link(trained_on: Path, folder: Path) -> None:
    """Links to what is preprocessed; what is there, such as splits, stays."""
    for path in sorted(trained_on.iterdir()):
        if not (folder / path.name).exists() and not path.name.startswith("."):
            link(folder / path.name, path)


if __name__ == "__main__":
    run_as_program(main)
