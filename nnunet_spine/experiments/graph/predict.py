"""The predictions of a model on a test under one condition."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.model import Model
from nnunet_spine.experiments.graph.tests import Condition, TestSet
from nnunet_spine.experiments.nodes import CORES, DEVICE, Command, Node, address


@dataclass(frozen=True)
class Predictions:
    """Predictions of a test under a condition.

    Attributes:
        node: id of the node that makes them.
        references: folder of the references of the predicted cases.
        images: folder of the images that were predicted; there may be more.
        predicted: folder of the predictions.
    """

    node: str
    references: Path
    images: Path
    predicted: Path


def predict(building: Building, model: Model, test: TestSet, condition: Condition, title: str) -> Predictions:
    """The node, and what it makes."""
    # Patients count as trained on where those of the test have the same names for the same persons.
    seen = tuple(one for one in dict.fromkeys(model.trained_on) if one.data.patients == test.data.patients)
    settings = {
        "checkpoint": model.checkpoint,
        "data": dict(test.data.settings),
        "sequences": sorted(test.asked.sequences),
        "seen": sorted(one.node for one in seen),
    }
    made = (need for one in seen for need in (one.node, *one.data.needs))
    needs = tuple(dict.fromkeys((model.node, *test.data.needs, *condition.needs, *made)))
    node = building.folder(address("predict", settings, needs)).folder
    predicted = node / "predictions"
    words = ["python", "-m", "nnunet_spine.steps.predict", str(model.folder), "-chk", model.checkpoint]
    words += ["--data", str(test.data.folder), "--cases", str(node / "cases"), "--output", str(predicted)]
    words += ["--sequences", *test.asked.sequences] if test.asked.sequences else []
    for one in seen:
        words += ["--trained-on", str(one.folder), str(one.data.folder)]
    words += ["--images", str(condition.images)] if condition.images else []
    words += ["--threads", CORES, "-device", DEVICE]
    id_ = building.add(
        Node(
            kind="predict",
            title=f"predict {title}",
            settings=settings,
            needs=needs,
            commands=(Command(tuple(words)),),
            results=(str(predicted),),
        )
    )
    return Predictions(id_, node / "cases" / "labels", condition.images or node / "cases" / "images", predicted)
