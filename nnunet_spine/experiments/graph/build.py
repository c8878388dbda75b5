"""The whole graph of an experiment."""

from __future__ import annotations

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.evaluate import evaluate
from nnunet_spine.experiments.graph.models import model_of
from nnunet_spine.experiments.graph.needs import needs_of
from nnunet_spine.experiments.graph.predict import predict
from nnunet_spine.experiments.graph.runs import runs_of
from nnunet_spine.experiments.graph.tests import test_set
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.schema import Experiment
from nnunet_spine.experiments.workspace import Workspace


def build_graph(experiment: Experiment, workspace: Workspace) -> Graph:
    """All nodes of an experiment; nothing is written.

    Args:
        experiment: whose names all fit together, as `check_experiment` makes sure of.
        workspace: where everything goes; no id depends on it.

    Raises:
        ValueError: for data that is not there, or settings that cannot be.
        OSError: for a folder that cannot be listed.
    """
    building = Building(experiment, Workspace(workspace.folder.absolute()))
    results: dict[str, tuple[str, ...]] = {}
    for run in runs_of(experiment):
        model = model_of(building, run)
        for key in run.arm.tests or experiment.tests:
            test = test_set(building, key)
            for condition in test.conditions:
                title = f"{run}, {key}, {condition}"
                predictions = predict(building, model, test, condition, title)
                id_, files = evaluate(building, run, model, test, condition, predictions)
                results[id_] = files
    return Graph(
        experiment.name,
        building.workspace.folder,
        building.nodes,
        results,
        needs_of(experiment.resources),
        experiment.baseline,
        experiment.steps,
    )
