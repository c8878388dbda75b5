"""`nnunet-spine degrade`: test images made worse, for curves of robustness."""

from __future__ import annotations

import argparse

from nnunet_spine.cli.convert import add_processes


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "degrade",
        help="make test images worse, for curves of robustness",
        description="Make inputs of nnU-Net worse: a folder OUT/CONDITION_LEVEL for every level asked for, each with "
        "one thing done to the images and with the geometry of the source, so that its references fit. Levels at which "
        "nothing changes (factor 1, gamma 1, else 0) copy the files. What is random depends on seed, condition and "
        "case: the same pattern grows with the level. A second run does nothing; an interrupted one goes on.",
    )
    parser.add_argument("source", metavar="IN", help="folder of CASE_0000.nii.gz, as imagesTs or of prepare, or one")
    parser.add_argument("target", metavar="OUT", help="folder for the folders of degraded images")
    _add_levels(parser, "factor", "voxels this many times as large, 1 and more")
    parser.add_argument(
        "--direction",
        choices=("in-plane", "through-plane", "both"),
        default="in-plane",
        help="of --factor: in the slice (condition `resolution`, default), its thickness (`slice thickness`), or both "
        "at once (`voxel size`)",
    )
    _add_levels(parser, "noise", "deviation of Rician noise as a share of the signal of tissue")
    _add_levels(parser, "bias", "range of a smooth field that multiplies, by the middle of this range; less than 2")
    _add_levels(parser, "motion", "mm that the patient moves between shots, root mean square")
    _add_levels(parser, "gamma", "exponent of a contrast curve; above 1 darkens, below 1 brightens")
    parser.add_argument("--cases", nargs="+", metavar="CASE", help="cases by name (default: all)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of everything random (default: 0)")
    add_processes(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Degrade the images and say how to go on."""
    import logging
    import sys
    from pathlib import Path

    from nnunet_spine.degradation import RESOLUTION_OF_DIRECTION, Degradation, degrade_images, following_commands

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    levels = {RESOLUTION_OF_DIRECTION[args.direction]: args.factor}
    levels |= {name: getattr(args, name) for name in ("noise", "bias", "motion", "gamma")}
    degradations = [Degradation(name, level, args.seed) for name, some in levels.items() for level in some]
    folders = degrade_images(args.source, args.target, degradations, cases=args.cases, processes=args.processes)
    some = args.cases is not None or Path(args.source).is_file()
    print(following_commands(args.source, folders, some=some))


def _add_levels(parser: argparse.ArgumentParser, name: str, what: str) -> None:
    parser.add_argument(f"--{name}", nargs="+", type=float, default=[], metavar="L", help=what)
