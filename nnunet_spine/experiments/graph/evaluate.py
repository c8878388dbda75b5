"""The scores of a model on a test under one condition: a file of results for every selection of slices."""

from __future__ import annotations

import re
from pathlib import Path

from nnunet_spine.evaluation.records import ALL_SLICES, AS_ACQUIRED
from nnunet_spine.experiments.graph.building import Building, without_none
from nnunet_spine.experiments.graph.listing import digest_of_content
from nnunet_spine.experiments.graph.model import Model
from nnunet_spine.experiments.graph.predict import Predictions
from nnunet_spine.experiments.graph.runs import Run
from nnunet_spine.experiments.graph.tests import Condition, TestSet
from nnunet_spine.experiments.nodes import CORES, Command, Node, address
from nnunet_spine.plumbing.names import SCORES

_NOT_IN_NAMES = re.compile(r"[^\w.+-]+")


def evaluate(
    building: Building, run: Run, model: Model, test: TestSet, condition: Condition, predictions: Predictions
) -> tuple[str, tuple[str, ...]]:
    """Id of the node, and the files of results that it makes."""
    gradings = test.asked.gradings
    settings = without_none(
        {
            "arm": run.name,
            "patients": run.patients,
            "trainer": model.trainer,
            "fold": run.fold,
            "seed": run.seed,
            "test": test.key,
            "slices": list(test.asked.slices),
            "gradings": digest_of_content(gradings) if gradings else None,
        }
    )
    # References and images are linked to, and may have been deleted since the prediction.
    needs = (predictions.node, *test.data.needs, *condition.needs)
    node = building.folder(address("evaluate", settings, needs)).folder
    who = _who(run, model)
    commands, results = [], []
    for slices in test.asked.slices:
        file = str(node / f"{file_name(run, test.key, condition.folder, slices)}{SCORES}")
        words = _words(test, predictions, condition, slices)
        commands.append(Command((*words, *who, "--output", file, "--processes", CORES)))
        results.append(file)
    id_ = building.add(
        Node(
            kind="evaluate",
            title=f"evaluate {run}, {test.key}, {condition}",
            settings=settings,
            needs=needs,
            commands=tuple(commands),
            results=tuple(results),
        )
    )
    return id_, tuple(results)


def file_name(run: Run, test: str, condition: str, slices: str) -> str:
    """Name of a file of results, without its ending."""
    some = () if run.patients is None else (f"{run.patients}patients",)
    selection = () if slices == ALL_SLICES else (slices,)
    words = (run.name, *some, f"fold{run.fold}", f"seed{run.seed}", test, condition, *selection)
    return "_".join(_NOT_IN_NAMES.sub("_", word) for word in words)


def _words(test: TestSet, predictions: Predictions, condition: Condition, slices: str) -> tuple[str, ...]:
    where = (
        "--reference",
        predictions.references,
        "--prediction",
        predictions.predicted,
        "--images",
        predictions.images,
    )
    words = ["nnunet-spine", "evaluate", *map(str, where)]
    words += ["--condition", _condition(condition)] if condition.name != AS_ACQUIRED else []
    words += ["--slices", slices] if slices != ALL_SLICES else []
    words += ["--gradings", str(Path(test.asked.gradings).absolute())] if test.asked.gradings else []
    return tuple(words)


def _condition(condition: Condition) -> str:
    return condition.name if condition.level is None else f"{condition.name}={condition.level!r}"


def _who(run: Run, model: Model) -> tuple[str, ...]:
    # The name of an arm may begin with a dash.
    words = (f"--arm={run.name}", "--model", str(model.folder), "--seed", str(run.seed))
    return words if run.patients is None else (*words, "--patients", str(run.patients))
