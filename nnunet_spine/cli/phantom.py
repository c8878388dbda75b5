"""`nnunet-spine phantom`: write a digital lumbar phantom in SPIDER's layout."""

from __future__ import annotations

import argparse
from pathlib import Path

from nnunet_spine.plumbing.wording import counted


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "phantom",
        help="write a digital lumbar phantom in SPIDER's layout, for tests and demonstrations",
        description="Write synthetic lumbar spine MRI in SPIDER's layout: images/, masks/, overview.csv, "
        "radiological_gradings.csv. The second of every five patients is of the validation subset. "
        "A second run with the same settings keeps what is finished.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write; new, empty, or of an earlier run")
    parser.add_argument("--patients", type=int, default=8, metavar="N", help="how many patients (default: %(default)s)")
    parser.add_argument(
        "--sequences", nargs="+", default=["t1", "t2"], metavar="S", help="some of t1 t2 t2_SPACE (default: t1 t2)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything random (default: %(default)s)")
    parser.add_argument(
        "--size",
        default="small",
        help="tiny, to try commands, small, or full, near SPIDER's matrices (default: %(default)s)",
    )
    parser.add_argument("--processes", type=int, default=1, help="patients made at a time (default: %(default)s)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the phantom and say where it is."""
    from nnunet_spine.phantom import finished_patients, write_phantom

    write_phantom(args.out, args.patients, args.sequences, args.seed, args.size, args.processes)
    count = len(finished_patients(args.out))
    print(f"{counted(count, 'patient')} in {args.out}")
