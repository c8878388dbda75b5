"""The predictions of a model on a test, all conditions in one process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.model import Model, fold_folder
from nnunet_spine.experiments.graph.tests import TestSet
from nnunet_spine.experiments.nodes import CORES, DEVICE, Command, Node, address


@dataclass(frozen=True)
class Predictions:
    """Predictions of a test.

    Attributes:
        node: id of the node that makes them.
        references: folder of the references of the predicted cases.
        images: folder of the images of these cases as acquired.
        predicted: folder with a folder of predictions for every condition.
    """

    node: str
    references: Path
    images: Path
    predicted: Path


def predict(building: Building, model: Model, test: TestSet, title: str) -> Predictions:
    """The node, and what it makes."""
    # Patients count as trained on where those of the test have the same names for the same persons.
    seen = tuple(one for one in dict.fromkeys(model.trained_on) if one.data.patients == test.data.patients)
    settings = {
        "checkpoint": model.checkpoint,
        "data": dict(test.data.settings),
        "sequences": sorted(test.asked.sequences),
        "conditions": sorted(condition.folder for condition in test.conditions),
        "seen": sorted(one.node for one in seen),
    }
    made = (condition.node for condition in test.conditions if condition.node)
    needs = tuple(dict.fromkeys((model.node, *test.data.needs, *made, *(one.node for one in seen))))
    node = building.folder(address("predict", settings, needs)).folder
    # Named as nnU-Net names a model, so that trainer, plans, configuration and fold are known by where they lie.
    predicted = fold_folder(node / "predictions", model.trainer, model.prepared, model.fold)
    words = ["python", "-m", "nnunet_spine.steps.predict", str(model.folder), "-chk", model.checkpoint]
    words += ["--data", str(test.data.folder), "--cases", str(node / "cases"), "--output", str(predicted)]
    words += ["--sequences", *test.asked.sequences] if test.asked.sequences else []
    for one in seen:
        words += ["--trained-on", str(one.folder), str(one.data.folder)]
    for condition in test.conditions:
        words += ["--degraded", str(condition.images)] if condition.images else []
    words += ["--threads", CORES, "-device", DEVICE]
    id_ = building.add(
        Node(
            kind="predict",
            title=f"predict {title}",
            settings=settings,
            needs=needs,
            commands=(Command(tuple(words)),),
            results=tuple(str(predicted / condition.folder / "whole.json") for condition in test.conditions),
        )
    )
    return Predictions(id_, node / "cases" / "labels", node / "cases" / "images", predicted)
