"""`nnunet-spine trainers`: which names of trainers there are, and what one of them means."""

from __future__ import annotations

import argparse
import contextlib
import io


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "trainers",
        help="list the parts that names of trainers are made of, or explain a name",
        description="Without a name: every part, and examples. With one: what it means; for a wrong name the nearest "
        "right one (exit code 2).",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="for instance nnUNetTrainerSynthSpine_20epochs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the grammar or one name."""
    with contextlib.redirect_stdout(io.StringIO()):  # nnU-Net prints on import where its folders are not set
        from nnunet_spine.trainers.listing import explanation, grammar
    print(grammar() if args.name is None else explanation(args.name))
