"""`nnunet-spine evaluate`: references and predictions -> a file of results."""

from __future__ import annotations

import argparse
from pathlib import Path

from nnunet_spine.cli.convert import add_processes


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "evaluate",
        help="score predictions against references, in mm, per structure and level, with the ways they fail",
        description="Score the predictions of one model against references: overlaps, surface distances in mm, single "
        "vertebrae and discs, failures. The rows go to a file that `nnunet-spine compare` reads; a table is printed. "
        "Problems of all files are reported at once (exit code 2). An interrupted run goes on where it stopped; a "
        "second run computes only what changed.",
    )
    parser.add_argument("--reference", type=Path, required=True, metavar="DIR", help="reference label maps")
    parser.add_argument("--prediction", type=Path, required=True, metavar="DIR", help="predicted label maps")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.jsonl", help="file of results to write")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the scores as a flat table too")
    _add_inputs(parser)
    _add_arm(parser)
    add_processes(parser)
    parser.set_defaults(run=run)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("inputs")
    group.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="what was predicted, CASE_0000: for properties of the images, and the test condition if nnunet-spine "
        "degrade made them (default: the absolute path that nnUNetv2_predict noted, if all are still there)",
    )
    group.add_argument(
        "--dataset-json",
        type=Path,
        metavar="FILE",
        help="which labels there are (default: beside the predictions, in their model's folder, or by the references)",
    )
    group.add_argument("--gradings", type=Path, metavar="FILE", help="SPIDER's radiological_gradings.csv")
    group.add_argument("--tolerance-mm", type=float, default=1.0, metavar="MM", help="of NSD (default: 1.0)")
    group.add_argument(
        "--slices",
        default="all",
        metavar="WHICH",
        help="score the sagittal slices of this slab only: complete (that shows vertebrae, canal and discs) or "
        "central=MM; a condition of its own in comparisons (default: all)",
    )
    group.add_argument(
        "--chill", action="store_true", help="leave out references without prediction, instead of refusing them"
    )
    group.add_argument(
        "--sequence-pattern", metavar="REGEX", help="finds the sequence in a case's name, by its group if it has one"
    )


def _add_arm(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the arm", "what nnU-Net's folders do not tell of the predictions")
    group.add_argument(
        "--arm",
        metavar="NAME",
        help="in comparisons (default: the trainer, else the model's name in predictions.json, else the folder's)",
    )
    group.add_argument(
        "--model", type=Path, metavar="FOLD_DIR", help="folder of the fold: tells the next two, has logs"
    )
    group.add_argument("--trainer", metavar="NAME", help="of the model")
    group.add_argument("--fold", metavar="N", help="whose model predicted; of several: 0,1,2,3,4")
    group.add_argument("--seed", type=int, metavar="N", help="tells repeated trainings apart")
    group.add_argument("--patients", type=int, metavar="N", help="patients whose real images were trained on")
    group.add_argument(
        "--condition",
        type=_condition,
        metavar="NAME[=LEVEL]",
        help="what was done to the test images, such as resolution=2",
    )


def run(args: argparse.Namespace) -> None:
    """Evaluate, and print a table."""
    import logging
    import sys

    from nnunet_spine.evaluation.arm import ArmOptions
    from nnunet_spine.evaluation.condition import Condition
    from nnunet_spine.evaluation.evaluate import EvaluationOptions, evaluate
    from nnunet_spine.evaluation.slices import Slices
    from nnunet_spine.evaluation.survey import Folders
    from nnunet_spine.evaluation.table import as_table

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    condition = Condition(*args.condition) if args.condition else None
    results = evaluate(
        Folders(args.reference, args.prediction, args.images, args.dataset_json),
        args.output,
        ArmOptions(args.arm, args.trainer, args.fold, args.seed, args.patients, condition, args.model),
        EvaluationOptions(
            tolerance_mm=args.tolerance_mm,
            slices=Slices.parse(args.slices),
            chill=args.chill,
            sequence_pattern=args.sequence_pattern,
            gradings=args.gradings,
            csv=args.csv,
            command=args.typed,
            processes=args.processes,
        ),
    )
    print(f"{as_table(results)}\n\n{args.output}: rows of {len(results.cases)} cases")
    print(f"Next: nnunet-spine compare {args.output} OTHER.jsonl --output report")


def _condition(text: str) -> tuple[str, float | None]:
    name, separator, level = text.partition("=")
    try:
        return name.strip(), float(level) if separator else None
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected NAME or NAME=LEVEL with a number, got {text}") from None
