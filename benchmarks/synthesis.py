"""Speed and memory of synthesis, against nnU-Net's default augmentation and other packages, in one run.

All rows of a patch are measured in turns, one draw of each after the other, on one thread. A draw is a batch (other
packages: a sample); rows that would take longer than --seconds get fewer draws, as many as the table says.

    python benchmarks/synthesis.py [--json FILE] [--draws 50] [--rows ours nnunet ...] [--device cpu cuda]
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROWS = ("ours", "nnunet", "cornucopia", "torchio", "auglab", "floor")
PATCHES = ("2d", "3d")


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    args = parse(words)
    with TemporaryDirectory() as scratch:
        settle(scratch)
        from _synthesis.report import markdown
        from _synthesis.run import measure_all

        figures = measure_all(args)
    for line in markdown(figures):
        print(line)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n")


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write all figures there too")
    parser.add_argument("--draws", type=int, default=50, help="draws of each row (50)")
    parser.add_argument("--seconds", type=float, default=120, help="time for the draws of one row and patch (120)")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=ROWS, help="contenders (all)")
    parser.add_argument("--patches", nargs="+", choices=PATCHES, default=PATCHES, help="2D and 3D patch (both)")
    parser.add_argument("--device", nargs="+", choices=("cpu", "cuda"), default=("cpu", "cuda"), help="both by default")
    parser.add_argument("--steps", action="store_true", help="also what each step of the preset spine costs alone")
    parser.add_argument("--placement", action="store_true", help="also worker processes against the main process")
    parser.add_argument("--train", metavar="DATASET", help="also training iterations on a preprocessed data set")
    parser.add_argument("--iterations", type=int, default=100, help="training iterations (100)")
    parser.add_argument("--shrink", type=int, default=1, help=argparse.SUPPRESS)
    args = parser.parse_args(words)
    if args.draws < 1:
        parser.error(f"--draws: expected at least 1, got {args.draws}")
    return args


def settle(scratch: str) -> None:
    """One thread in every library; nnU-Net's folders where the user has none, its results where nothing is kept."""
    os.environ.update(OMP_NUM_THREADS="1", KINETO_LOG_LEVEL="99", nnUNet_results=scratch)
    for folder in ("nnUNet_raw", "nnUNet_preprocessed"):
        os.environ.setdefault(folder, scratch)
    import torch

    torch.set_num_threads(1)


if __name__ == "__main__":
    main()
