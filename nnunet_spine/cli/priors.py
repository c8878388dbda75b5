"""`nnunet-spine priors`: intensity priors fitted to real images."""

from __future__ import annotations

import argparse
from pathlib import Path

from nnunet_spine.cli.convert import add_processes


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "priors",
        help="fit intensity priors of the generator to real images",
        description="Fit mean and deviation of every tissue to the training images of an nnU-Net raw data set, for "
        "each sequence, and write them as JSON for the generator's prior `fitted`, with a figure of histograms against "
        "the fit beside it. Sequences are told by --sequence-pattern, else by the record of `nnunet-spine convert`, "
        "else by names that end in _t1, _t2 or _t2_SPACE; several channels are a sequence each.",
    )
    parser.add_argument("dataset", metavar="FIT_DATASET", help="id or name of a data set in nnUNet_raw, or its folder")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--fold",
        type=int,
        metavar="N",
        help="fit the training cases of fold N (splits_final.json) only, to train on it",
    )
    chosen.add_argument("--cases", nargs="+", metavar="CASE", help="fit these training cases only")
    parser.add_argument(
        "--patients",
        type=int,
        metavar="N",
        help="of these the first N patients only, whom a trainer with the suffix _Npatients is trained on",
    )
    parser.add_argument("--sequences", nargs="+", metavar="S", help="fit these sequences only")
    parser.add_argument(
        "--sequence-pattern", metavar="REGEX", help="finds the sequence in a case's name, by its group if it has one"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE.json",
        help="default: priors.json (with --fold, priors_fold_N.json) in the data set's folder in nnUNet_preprocessed",
    )
    add_processes(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Fit and write."""
    import logging
    import sys

    from nnunet_spine.priors.dataset import FitOptions, fit_dataset

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    options = FitOptions(
        fold=args.fold,
        patients=args.patients,
        cases=tuple(args.cases) if args.cases else None,
        sequences=tuple(args.sequences) if args.sequences else None,
        sequence_pattern=args.sequence_pattern,
    )
    fit_dataset(args.dataset, args.output, options, args.processes)
