"""`nnunet-spine prepare`: any image -> input for nnUNetv2_predict."""

from __future__ import annotations

import argparse

from nnunet_spine.cli.convert import add_processes


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "prepare",
        help="make inputs for nnUNetv2_predict out of any images",
        description="Make CASE_0000.nii.gz for nnUNetv2_predict out of .mha, .nrrd, .nii, .nii.gz or DICOM. "
        "Voxel grid and orientation stay those of the source, so that the answer lies over it; intensities are brought "
        "to the form of the training images. Problems of all files are reported at once, before anything is written "
        "(exit code 2).",
    )
    parser.add_argument("source", metavar="IN", help="an image, a folder of images, or a folder with DICOM series")
    parser.add_argument("target", metavar="OUT", help="folder for the inputs")
    add_processes(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Prepare the inputs."""
    import logging
    import sys

    from nnunet_spine.dataset_conversion import prepare_inputs

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    prepare_inputs(args.source, args.target, processes=args.processes)
