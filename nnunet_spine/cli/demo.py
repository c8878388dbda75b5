"""`nnunet-spine demo`: the whole way on a phantom, in minutes."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "demo",
        help="from a digital phantom to scores: the whole way by stock nnU-Net commands",
        description="Writes a digital lumbar phantom, converts it, trains on its T1 images and on synthetic images made"
        " of their labels, predicts T1 and T2 of other patients and scores them. Prints every command that it runs.",
    )
    parser.add_argument(
        "output", type=Path, nargs="?", default=Path("demo"), help="folder for everything (default: demo)"
    )
    parser.add_argument("--patients", type=int, default=14, help="patients of the phantom (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=12, help="epochs of each training (default: %(default)s)")
    parser.add_argument("--iterations", type=int, default=50, help="iterations of an epoch (default: %(default)s)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the demo; a second run does what is missing."""
    from nnunet_spine.demo import DemoSettings, run_demo

    return run_demo(DemoSettings(args.output.resolve(), args.patients, args.epochs, args.iterations, args.device))
