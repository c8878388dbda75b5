"""The console command `nnunet-spine`: one module a subcommand, each importing its work only when it runs."""

from __future__ import annotations

import argparse
import importlib
import shlex
import sys
from collections.abc import Sequence

from nnunet_spine import __version__

COMMANDS: tuple[str, ...] = (
    "doctor",
    "convert",
    "prepare",
    "predict",
    "export",
    "phantom",
    "demo",
    "priors",
    "recipe",
    "preview",
    "synthesize",
    "trainers",
    "finetune",
    "average",
    "evaluate",
    "compare",
    "run",
    "features",
    "degrade",
)


def build_parser() -> argparse.ArgumentParser:
    """Parser of the whole command line; every module of `COMMANDS` adds its own subcommand."""
    parser = argparse.ArgumentParser(prog="nnunet-spine", description="Lumbar spine MRI segmentation with nnU-Net v2.")
    parser.add_argument("--version", action="version", version=f"nnunet-spine {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"nnunet_spine.cli.{name}").add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; what cannot be done ends with one message on stderr.

    A subcommand finds the whole command line in `args.typed`, for records of how something was made.

    Returns:
        The exit code: 2 for wrong input and for what the file system refuses, 130 for an interruption.
    """
    args = build_parser().parse_args(argv)
    args.typed = shlex.join(["nnunet-spine", *(sys.argv[1:] if argv is None else argv)])
    try:
        return args.run(args) or 0
    except (ValueError, NotImplementedError) as error:
        print(f"nnunet-spine {args.command}: error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"nnunet-spine {args.command}: error: {error.strerror or error}{where}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"nnunet-spine {args.command}: interrupted", file=sys.stderr)
        return 130
