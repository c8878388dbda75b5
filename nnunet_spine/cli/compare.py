"""`nnunet-spine compare`: results of several arms -> tables, figures and a report."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "compare",
        help="compare what nnunet-spine evaluate found: which arm is better, by how much, how sure, where it fails",
        description="Write a report on results of nnunet-spine evaluate: a page that needs no network (index.html), "
        "its tables as Markdown, CSV and LaTeX, its figures as SVG. Runs of one arm (folds, seeds) are averaged, "
        "statistics are over patients. What cannot be compared is refused with the reason (exit code 2).",
    )
    parser.add_argument(
        "results", nargs="+", type=Path, metavar="RESULTS", help="files of results, or folders with them (.jsonl)"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder of the report, a new one")
    parser.add_argument(
        "--metric", default="dice", metavar="KEY", help="what arms are judged by: dice (default), nsd, hd95_mm, ..."
    )
    parser.add_argument(
        "--baseline", metavar="ARM", help="the arm that every other one is tested against (default: all pairs are)"
    )
    parser.add_argument(
        "--steps", action="store_true", help="test every arm against the one before it too, in the order of the files"
    )
    parser.add_argument(
        "--structures", nargs="+", metavar="NAME", help="whose worst cases are shown (default: all but groups)"
    )
    parser.add_argument(
        "--cases", type=int, default=2, metavar="N", help="worst cases of every arm that are drawn (default: 2)"
    )
    parser.add_argument("--no-images", action="store_true", help="draw none, so that the page stays small")
    parser.add_argument("--title", default="Comparison of segmentations", help="of the report")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier report")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the report."""
    import logging
    import sys

    from nnunet_spine.comparison.compare import compare
    from nnunet_spine.comparison.options import CompareOptions

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    options = CompareOptions(
        metric=args.metric,
        baseline=args.baseline,
        steps=args.steps,
        structures=tuple(args.structures) if args.structures else None,
        cases=args.cases,
        images=not args.no_images,
        title=args.title,
    )
    page = compare(args.results, args.output, options, overwrite=args.overwrite)
    print(f"Report: {page}")
