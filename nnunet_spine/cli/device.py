"""The option that names a device, the same for every subcommand that runs a network itself."""

from __future__ import annotations

import argparse


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add the option --device; `nnunet_spine.steps.device.device_named` makes of it one that there is."""
    parser.add_argument(
        "--device",
        default="auto",
        metavar="DEVICE",
        help="cpu, cuda, cuda:1 for a GPU by its number, or mps (default: auto, which is cuda where there is one, else "
        "mps, else cpu)",
    )
