"""`nnunet-spine synthesize`: raw data set -> synthetic raw data set."""

from __future__ import annotations

import argparse

from nnunet_spine.cli.convert import add_processes
from nnunet_spine.cli.settings import add_settings, settings_of


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "synthesize",
        help="write a data set of synthetic images, for use outside nnU-Net's training",
        description="Write synthetic images of every training case, with their label maps, as an nnU-Net raw data set "
        "in the geometry of the source. The folder goes to nnUNet_raw, splits that keep all images of a patient "
        "together to nnUNet_preprocessed. An interrupted run goes on where it stopped; a second run does nothing. "
        "nnUNetTrainerSynthSpine needs no such data set: it makes new images in every iteration.",
    )
    parser.add_argument("dataset", metavar="DATASET", help="id, name or folder of the raw data set to start from")
    parser.add_argument("--output-id", type=int, required=True, metavar="ID", help="of the new data set, 1 to 999")
    parser.add_argument("--name", help="of the new data set after DatasetXXX_ (default: the source's and Synth)")
    parser.add_argument("--per-case", type=int, default=1, metavar="N", help="images of every case (default: 1)")
    parser.add_argument(
        "--dim",
        default="3d",
        help="3d (default): a volume has one contrast and is deformed as a whole; 2d: every slice is an image of its "
        "own that has nothing in common with its neighbours, for training in 2D only",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of everything random (default: 0)")
    add_settings(parser)
    add_processes(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the data set."""
    import logging
    import sys

    from nnunet_spine.plumbing.datasets import find_raw_dataset
    from nnunet_spine.synthesis import SynthesisOptions, synthesize_dataset

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    options = SynthesisOptions(settings_of(args), args.per_case, args.dim, args.seed)
    synthesize_dataset(
        find_raw_dataset(args.dataset), args.output_id, options, name=args.name, processes=args.processes
    )
