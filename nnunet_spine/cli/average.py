"""`nnunet-spine average`: weights between those of two checkpoints."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "average",
        help="mix the weights of two checkpoints of the same network",
        description="Write AFTER with the weights (1 - FACTOR) * BEFORE + FACTOR * AFTER, for nnUNetv2_predict -chk. "
        "For a checkpoint and one that was fine-tuned from it.",
    )
    parser.add_argument("before", metavar="BEFORE", help="what the training started from: a checkpoint, or a model")
    parser.add_argument("after", type=Path, metavar="AFTER", help="checkpoint of the training")
    parser.add_argument("--factor", type=float, default=0.5, help="from 0 (before) to 1 (after); default: 0.5")
    parser.add_argument(
        "--output", type=Path, metavar="FILE.pth", help="default: checkpoint_averaged_FACTOR.pth beside AFTER"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Average and write."""
    from nnunet_spine.finetuning.average import average_checkpoints

    output = args.output or args.after.with_name(f"checkpoint_averaged_{args.factor:g}.pth")
    average_checkpoints(args.before, args.after, args.factor, output)
    print(output)
