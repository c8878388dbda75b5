"""`nnunet-spine recipe`: shows and checks settings of synthesis."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "recipe",
        help="show and check settings of synthesis",
        description="Print all settings of a preset, of a YAML file, or of a trained model. "
        "The output is a file that can be changed and trained with: nnUNet_spine_synth=FILE nnUNetv2_train ... What is "
        "wrong with a file is told with its place (exit code 2).",
    )
    parser.add_argument(
        "source",
        nargs="?",
        default="spine",
        metavar="WHAT",
        help="spine (default), report, synthseg, strong, augment, a file .yaml, or a trained model that you trust: a "
        "checkpoint .pth, its folder, a file of nnunet-spine export, or the name of an installed one",
    )
    parser.add_argument("--keys", action="store_true", help="print what every key means instead, as a Markdown table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print settings or keys."""
    from nnunet_spine import models
    from nnunet_spine.synth.config.files import dump, load
    from nnunet_spine.synth.config.plain import preset_named
    from nnunet_spine.synth.config.reference import markdown
    from nnunet_spine.training.settings import settings_in_checkpoint

    path = Path(args.source)
    if args.keys:
        print(markdown(), end="")
    elif path.suffix == ".pth":
        print(settings_in_checkpoint(path), end="")
    elif path.suffix == ".zip" or path.is_dir() or args.source in models.names():
        print(_settings_in_model(args.source), end="")
    elif path.suffix or path.exists():
        print(dump(load(path)), end="")
    else:
        print(dump(preset_named(args.source)), end="")


def _settings_in_model(given: str) -> str:
    """Those of all of its folds; raises a ValueError if they differ."""
    from nnunet_spine.prediction.model import located
    from nnunet_spine.training.settings import settings_in_checkpoint

    with located(given) as place:
        found = {settings_in_checkpoint(one) for one in place.checkpoints}
    if len(found) > 1:
        raise ValueError(f"{given}: its folds were trained with different settings; give the checkpoint of one")
    return found.pop()
