"""`nnunet-spine finetune`: a trained model, trained on with real images of some patients."""

from __future__ import annotations

import argparse

from nnunet_spine.cli.convert import add_processes
from nnunet_spine.cli.device import add_device


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "finetune",
        help="train a trained model on with real images of some patients, and average its weights",
        description="Move the plans of a trained model to another data set (or take its own), preprocess it, train on "
        "from the model's weights, heads included, by nnUNetv2_train, and average the weights before and after. A run "
        "that was stopped goes on by the same command; what is done is not done again.",
    )
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="name of an installed model, a file of nnunet-spine export, the folder of a fold of a trained model, or a "
        "checkpoint in it",
    )
    parser.add_argument(
        "-d", "--dataset-id", type=int, required=True, metavar="ID", help="data set in nnUNet_raw to train on"
    )
    parser.add_argument("-f", "--fold", type=_fold, required=True, metavar="F", help="number of the fold, or all")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--patients",
        type=int,
        metavar="N",
        help="train on N of the fold's training patients, all their series; fewer are among more (default: all)",
    )
    chosen.add_argument(
        "--trainer",
        metavar="NAME",
        help="default: network and loss of the model's, real images, recipe FineTune; see nnunet-spine trainers",
    )
    parser.add_argument(
        "--average",
        type=float,
        metavar="FACTOR",
        help="share of the weights after in checkpoint_averaged.pth, 0 to 1 (default: 0.5, where the classes are the "
        "model's); nnunet-spine average makes others without training",
    )
    parser.add_argument("--plans", metavar="NAME", help="of the moved plans (default: those of the model + FromXXX)")
    add_device(parser)
    parser.add_argument("--num-gpus", type=int, default=1, metavar="N", help="for parallel training (default: 1)")
    parser.add_argument(
        "--seed",
        type=int,
        metavar="S",
        help="of the training; --processes is then its number of threads on the CPU too (default: none)",
    )
    add_processes(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """All steps."""
    from nnunet_spine.finetuning import FineTuning, fine_tune

    asked = {name: value for name, value in vars(args).items() if name in FineTuning.__dataclass_fields__}
    return fine_tune(FineTuning(**asked))


def _fold(text: str) -> int | str:
    if text != "all" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number, or all; got {text}")
    return text if text == "all" else int(text)
