"""`nnunet-spine convert`: SPIDER folder -> nnU-Net raw data set."""

from __future__ import annotations

import argparse
import os

_MAX_DEFAULT_PROCESSES = 8


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "convert",
        help="make an nnU-Net data set out of SPIDER files",
        description="Make an nnU-Net raw data set out of a SPIDER folder (images/, masks/, overview.csv). The folder "
        "goes to nnUNet_raw, splits by patient to nnUNet_preprocessed. Problems of all files are reported at once, "
        "before anything is written (exit code 2). An interrupted run goes on where it stopped; a second run does "
        "nothing.",
    )
    parser.add_argument("source", metavar="SPIDER_DIR", help="folder with images/, masks/ and overview.csv")
    parser.add_argument("-d", "--dataset-id", type=int, metavar="ID", help="1 to 999; needed but for --check-only")
    parser.add_argument(
        "--scheme", default="4class", metavar="SCHEME", help="4class (default), 14class, or report-erroneous (see docs)"
    )
    parser.add_argument("--name", help="name of the data set after DatasetXXX_ (default: by scheme)")
    parser.add_argument(
        "--sequences", nargs="+", default=["t1", "t2", "t2_SPACE"], metavar="SEQ", help="some of t1, t2, t2_SPACE (all)"
    )
    parser.add_argument("--subset", default="all", help="training, validation or all (default)")
    parser.add_argument(
        "--extra-levels",
        metavar="POLICY",
        help="levels above the sixth in a numbered scheme: ignore (default), background or merge (into the sixth)",
    )
    parser.add_argument(
        "--trim-slices", action="store_true", help="drop lateral slices without spine at both ends of training volumes"
    )
    parser.add_argument("--renumber", action="store_true", help="accept masks numbered from L5 = 24 and renumber them")
    parser.add_argument("--skip-invalid", action="store_true", help="leave cases with problems out, list them")
    parser.add_argument("--check-only", action="store_true", help="look for problems, write nothing")
    add_processes(parser)
    parser.set_defaults(run=run)


def add_processes(parser: argparse.ArgumentParser) -> None:
    """Add the option --processes."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    default = min(usable, _MAX_DEFAULT_PROCESSES)
    parser.add_argument("--processes", type=int, default=default, metavar="N", help=f"default here: {default}")


def run(args: argparse.Namespace) -> None:
    """Convert, or check only."""
    import logging
    import sys

    from nnunet_spine.dataset_conversion import ConversionOptions, check_spider, convert_spider

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    options = ConversionOptions(
        sequences=tuple(args.sequences),
        subset=args.subset,
        extra_levels=args.extra_levels,
        trim_slices=args.trim_slices,
        renumber=args.renumber,
        skip_invalid=args.skip_invalid,
    )
    if args.check_only:
        check_spider(args.source, args.scheme, options=options, processes=args.processes)
        return
    if args.dataset_id is None:
        raise ValueError("a data set needs an id: give -d ID, 1 to 999 (only --check-only does without)")
    convert_spider(args.source, args.dataset_id, args.scheme, name=args.name, options=options, processes=args.processes)
