"""`nnunet-spine run`: an experiment file -> trained models, results and a report."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnunet_spine.experiments.engine.options import RunOptions


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "run",
        help="run an experiment: a file that says data, arms, folds, seeds and tests becomes results and a report",
        description="Run an experiment: convert, plan, preprocess, train arm x fold x seed, predict under every "
        "condition, evaluate, compare. It can be stopped or killed at any time: the same command goes on, makes what "
        "is missing and nothing twice. Changed settings make anew what depends on them. The file is checked as a whole "
        "before anything starts (exit code 2). A job that fails does not stop the others (exit code 1 at the end).",
    )
    parser.add_argument("experiment", type=Path, metavar="EXPERIMENT", help="experiment file (.yaml)")
    parser.add_argument(
        "--workspace",
        type=Path,
        default=Path("workspace"),
        metavar="DIR",
        help="where everything goes; experiments in it share what they have in common (default: ./workspace)",
    )
    parser.add_argument("--miniature", action="store_true", help="the same graph, small, on a digital phantom")
    _add_places(parser)
    _add_looks(parser)
    parser.set_defaults(run=run)


def _add_places(parser: argparse.ArgumentParser) -> None:
    """Options of where and how jobs run."""
    places = parser.add_argument_group("where jobs run")
    places.add_argument("--cores", type=int, metavar="N", help="cores that all jobs share (default: all)")
    places.add_argument(
        "--gpus", metavar="N,N", help="GPUs to use, each for one job at a time, such as 0,1; or none (default: all)"
    )
    places.add_argument("--slurm", action="store_true", help="as jobs of SLURM instead of on this machine")
    places.add_argument("--profile", type=Path, metavar="DIR", help="profile of Snakemake, such as for your cluster")
    places.add_argument(
        "--snakemake",
        nargs=argparse.REMAINDER,
        default=(),
        metavar="...",
        help="everything that follows is an option of Snakemake, such as --set-resources train:runtime=600",
    )


def _add_looks(parser: argparse.ArgumentParser) -> None:
    """Options that begin nothing."""
    looks = parser.add_argument_group("only look")
    looks.add_argument("--dry-run", action="store_true", help="check the file and show what would be run")
    looks.add_argument("--commands", action="store_true", help="with --dry-run: all commands, as a shell script")
    looks.add_argument("--status", action="store_true", help="show how it stands, from any terminal at any time")


def run(args: argparse.Namespace) -> int:
    """Run it, or show what would be run, or how it stands."""
    from nnunet_spine.experiments.checked import Request, checked_graph
    from nnunet_spine.experiments.engine.drive import run_graph
    from nnunet_spine.experiments.engine.snakemake import require_engine

    if args.commands and not args.dry_run:
        raise ValueError("--commands: expected with --dry-run")
    workspace = args.workspace.absolute()
    if args.status:
        return _show_status(args.experiment, workspace, args.miniature)
    options = _options(args)
    require_engine(args.slurm)
    if args.dry_run:
        return _show_plan(args, workspace, options)
    phantom_in = workspace if args.miniature else None
    checked = checked_graph(Request(args.experiment, workspace, phantom_in, options.gpus))
    return run_graph(checked.graph, options)


def _options(args: argparse.Namespace) -> RunOptions:
    from nnunet_spine.experiments.engine.options import RunOptions, available_cores, parse_gpus

    if args.slurm and args.gpus:
        raise ValueError("--gpus: expected without --slurm, where jobs have the GPUs that SLURM gives them")
    gpus = () if args.slurm else parse_gpus(args.gpus)
    cores = available_cores() if args.cores is None else args.cores
    profile = args.profile.absolute() if args.profile else None
    return RunOptions(cores, gpus, args.slurm, profile, tuple(args.snakemake))


def _show_status(file: Path, workspace: Path, small: bool) -> int:
    """Of the file its name is enough: variables may not be set in this terminal, and data need not be there."""
    from nnunet_spine.experiments.engine.status import status
    from nnunet_spine.experiments.inheritance import read_name
    from nnunet_spine.experiments.workspace import MINIATURE, Workspace

    name = read_name(file) + (MINIATURE if small else "")
    print("\n".join(status(name, Workspace(workspace))))
    return 0


def _show_plan(args: argparse.Namespace, workspace: Path, options: RunOptions) -> int:
    """Write nothing into the workspace, not even a miniature's phantom."""
    from nnunet_spine.experiments.checked import Request, checked_graph
    from nnunet_spine.experiments.engine.dry_run import dry_run
    from nnunet_spine.experiments.engine.script import script

    with tempfile.TemporaryDirectory() as elsewhere:
        phantom_in = _phantom_in(workspace, elsewhere) if args.miniature else None
        checked = checked_graph(Request(args.experiment, workspace, phantom_in, options.gpus))
    lines = script(checked.graph, options) if args.commands else dry_run(checked, options)
    print("\n".join(lines).replace(elsewhere, str(workspace)))
    return 0


def _phantom_in(workspace: Path, elsewhere: str) -> Path:
    from nnunet_spine.experiments.miniature import has_phantom

    return workspace if has_phantom(workspace) else Path(elsewhere)
