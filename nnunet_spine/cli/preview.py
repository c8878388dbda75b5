"""`nnunet-spine preview`: figures of what the generator makes of a data set."""

from __future__ import annotations

import argparse
from pathlib import Path

from nnunet_spine.cli.settings import add_settings, settings_of


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "preview",
        help="draw synthetic images of a data set, and what every step of the synthesis does",
        description="Draw a contact sheet: for some cases the real slice, its labels, and synthetic images of it. And "
        "draw what every step of the synthesis does alone, at low, middle and high strength. Slices are synthesised in "
        "2D, at the spacing of the image.",
    )
    parser.add_argument("dataset", metavar="DATASET", help="id, name or folder of a raw data set")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for the figures: new, empty, or of an earlier preview, which is replaced (default: "
        "preview_DATASET here)",
    )
    parser.add_argument("--cases", nargs="+", metavar="CASE", help="cases by name (default: four of the data set)")
    parser.add_argument("--columns", type=int, default=6, metavar="N", help="synthetic images of a case (default: 6)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of everything random (default: 0)")
    parser.add_argument(
        "--plane", metavar="P", help="sagittal, coronal or axial (default: that of the best resolution)"
    )
    parser.add_argument(
        "--slice", type=int, metavar="K", help="number of the slice, from 0 (default: the middle of the labels)"
    )
    add_settings(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Draw the figures and say where they are."""
    from nnunet_spine.plumbing.datasets import find_raw_dataset
    from nnunet_spine.preview import PAGE, PreviewOptions, write_preview

    config = settings_of(args)
    dataset = find_raw_dataset(args.dataset)
    options = PreviewOptions(config, args.cases, args.columns, args.seed, args.plane, args.slice)
    output = args.output or Path(f"preview_{dataset.name}")
    write_preview(dataset, options, output)
    print(f"{output}: see {output / PAGE}")
