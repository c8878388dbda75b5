"""The options that name settings of synthesis, the same for every subcommand that needs them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnunet_spine.synth import SynthConfig


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options --preset and --settings, of which one may be given."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--preset",
        default="spine",
        metavar="NAME",
        help="settings by name: report, synthseg, spine (default), strong, augment",
    )
    group.add_argument("--settings", type=Path, metavar="FILE", help="settings of your own, in YAML")


def settings_of(args: argparse.Namespace) -> SynthConfig:
    """The settings that were asked for.

    Raises:
        ValueError: for a preset that there is not, or a file that cannot be read.
    """
    from nnunet_spine.synth.config.files import load
    from nnunet_spine.synth.config.plain import preset_named

    return load(args.settings) if args.settings else preset_named(args.preset)
