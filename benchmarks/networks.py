"""Parameters, time of a training step and memory of every network on one patch, beside those that nnU-Net plans for it.

A step is forward, nnU-Net's Dice and cross entropy on all outputs that the network's trainer asks for, backward, and
SGD; on a GPU with autocast, as in nnU-Net. Networks take turns, so that a busy machine disturbs all alike.

    python benchmarks/networks.py [--patch 320 256] [--batch 2] [--steps 7] [--device cpu] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = make_parser()
    args = parse(parser, words)
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")
    from _networks.plan import plan_for
    from _networks.report import markdown
    from _networks.run import measure_all

    try:
        plan = plan_for(args.patch, args.spacing)
    except ValueError as error:
        parser.error(str(error))
    figures = measure_all(args, plan)
    for line in markdown(figures):
        print(line)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n")


def make_parser() -> argparse.ArgumentParser:
    """What the command line may say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write all figures there too")
    parser.add_argument("--patch", type=int, nargs="+", default=(320, 256), help="2 or 3 sizes (320 256)")
    parser.add_argument("--spacing", type=float, nargs="+", help="of the patch, by which nnU-Net plans (1 everywhere)")
    parser.add_argument("--batch", type=int, default=2, help="patches in a step (2)")
    parser.add_argument("--classes", type=int, default=4, help="output maps (4)")
    parser.add_argument("--steps", type=int, default=7, help="timed steps of each network (7)")
    parser.add_argument("--seconds", type=float, default=120, help="most time for the steps of one network (120)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    return parser


def parse(parser: argparse.ArgumentParser, words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    args = parser.parse_args(words)
    args.spacing = args.spacing or [1.0] * len(args.patch)
    if len(args.patch) not in (2, 3) or len(args.spacing) != len(args.patch):
        parser.error(f"expected 2 or 3 sizes and as many spacings, got {args.patch} and {args.spacing}")
    if min(*args.patch, args.batch, args.steps) < 1 or args.classes < 2 or not min(args.spacing) > 0:
        parser.error("expected sizes, batch and steps of at least 1, 2 classes or more, spacings above 0")
    return args


if __name__ == "__main__":
    main()
