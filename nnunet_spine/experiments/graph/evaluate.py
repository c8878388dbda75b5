"""The scores of a model on a test: a file of results for every condition and selection of slices."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

from nnunet_spine.experiments.graph.building import Building, without_none
from nnunet_spine.experiments.graph.listing import digest_of_content
from nnunet_spine.experiments.graph.model import Model
from nnunet_spine.experiments.graph.predict import Predictions
from nnunet_spine.experiments.graph.runs import Run
from nnunet_spine.experiments.graph.tests import Condition, TestSet
from nnunet_spine.experiments.nodes import CORES, Command, Node, address

ALL_SLICES = "all"
_NOT_IN_NAMES = re.compile(r"[^\w.+-]+")


def evaluate(
    building: Building, run: Run, model: Model, test: TestSet, predictions: Predictions
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
    node = building.folder(address("evaluate", settings, (predictions.node,))).folder
    rows = list(product(test.conditions, test.asked.slices))
    files = [node / f"{file_name(run, test.key, condition.folder, slices)}.jsonl" for condition, slices in rows]
    who = _who(run, model)
    commands = [
        Command((*_words(test, predictions, condition, slices), *who, "--output", str(file), "--processes", CORES))
        for (condition, slices), file in zip(rows, files, strict=True)
    ]
    results = tuple(map(str, files))
    id_ = building.add(
        Node(
            kind="evaluate",
            title=f"evaluate {run}, {test.key}",
            settings=settings,
            needs=(predictions.node,),
            commands=tuple(commands),
            results=results,
        )
    )
    return id_, results


def file_name(run: Run, test: str, condition: str, slices: str) -> str:
    """Name of a file of results, without its ending."""
    some = () if run.patients is None else (f"{run.patients}patients",)
    selection = () if slices == ALL_SLICES else (slices,)
    words = (run.name, *some, f"fold{run.fold}", f"seed{run.seed}", test, condition, *selection)
    return "_".join(_NOT_IN_NAMES.sub("_", word) for word in words)


def _words(test: TestSet, predictions: Predictions, condition: Condition, slices: str) -> tuple[str, ...]:
    prediction = predictions.predicted / condition.folder
    words = ["nnunet-spine", "evaluate", "--reference", str(predictions.references), "--prediction", str(prediction)]
    words += ["--images", str(condition.images or predictions.images)]
    words += ["--condition", _condition(condition)] if condition.name else []
    words += ["--slices", slices] if slices != ALL_SLICES else []
    words += ["--gradings", str(Path(test.asked.gradings).absolute())] if test.asked.gradings else []
    return tuple(words)


def _condition(condition: Condition) -> str:
    return condition.name if condition.level is None else f"{condition.name}={condition.level!r}"


def _who(run: Run, model: Model) -> tuple[str, ...]:
    words = ("--arm", run.name, "--trainer", model.trainer, "--fold", str(run.fold), "--seed", str(run.seed))
    return words if run.patients is None else (*words, "--patients", str(run.patients))
