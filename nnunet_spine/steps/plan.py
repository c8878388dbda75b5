"""A plan changed in what nnU-Net's planning has no option for.

python -m nnunet_spine.steps.plan PLANS.json CONFIGURATION [--batch-size 10] [--patch-size 320 256]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

from nnunet_spine.plumbing.files import read_json, write_text
from nnunet_spine.steps.entry import run_as_program


def main(argv: Sequence[str] | None = None) -> None:
    """Change the file."""
    parser = argparse.ArgumentParser(description="Change a plan.")
    parser.add_argument("plans", type=Path, help="its file")
    parser.add_argument("configuration", help="such as 2d")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--patch-size", type=int, nargs="+", metavar="VOXELS")
    args = parser.parse_args(argv)
    changed = change(read_json(args.plans), args.configuration, args.batch_size, args.patch_size)
    write_text(args.plans, json.dumps(changed, indent=4))


def change(
    plans: dict[str, Any], configuration: str, batch_size: int | None, patch_size: Sequence[int] | None
) -> dict[str, Any]:
    """The plans with another batch or patch of a configuration.

    Raises:
        ValueError: if there is no such configuration, or the network cannot divide the patch.
    """
    there = plans["configurations"]
    if configuration not in there:
        raise ValueError(f"plans: expected a configuration out of {', '.join(there)}, got {configuration}")
    changes: dict[str, Any] = {} if batch_size is None else {"batch_size": batch_size}
    if patch_size is not None:
        _require_divisible(there[configuration], patch_size)
        changes["patch_size"] = list(patch_size)
    return {**plans, "configurations": {**there, configuration: {**there[configuration], **changes}}}


def _require_divisible(configuration: dict[str, Any], patch_size: Sequence[int]) -> None:
    strides = configuration["architecture"]["arch_kwargs"]["strides"]
    divisors = [prod(one) for one in zip(*strides, strict=True)]
    sizes = zip(patch_size, divisors, strict=False)
    if len(patch_size) != len(divisors) or any(size < 1 or size % divisor for size, divisor in sizes):
        expected = " x ".join(f"a multiple of {divisor}" for divisor in divisors)
        got = " x ".join(map(str, patch_size))
        raise ValueError(f"patch size: expected {expected}, which the planned network divides by, got {got}")


if __name__ == "__main__":
    run_as_program(main)
