"""A training from scratch."""

from __future__ import annotations

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.data import variables
from nnunet_spine.experiments.graph.datasets import data_of
from nnunet_spine.experiments.graph.model import Model, digest_of_training, fold_folder, results_of_training
from nnunet_spine.experiments.graph.preprocess import Prepared, preprocess
from nnunet_spine.experiments.graph.run_synthesis import synthesis_of_run
from nnunet_spine.experiments.graph.runs import Run
from nnunet_spine.experiments.graph.trainers import facts_of
from nnunet_spine.experiments.nodes import CORES, DEVICE, Command, Node, address
from nnunet_spine.plumbing.names import FINAL


def train(building: Building, run: Run) -> Model:
    """The node, and what it makes."""
    prepared = _prepared(building, run)
    synthesis = synthesis_of_run(building, run)
    training = {"trainer": run.trainer, "seed": run.seed, "synthesis": synthesis.settings}
    settings = {**training, "fold": run.fold}
    needs = (prepared.node, *prepared.data.needs, *synthesis.needs)
    node = building.folder(address("train", settings, needs))
    digest = digest_of_training(training, prepared)
    results = building.workspace.models(digest)
    folder = fold_folder(results, run.trainer, prepared, run.fold)
    environment = variables(prepared.data.raw, prepared.preprocessed, results) | synthesis.variables(node)
    id_ = building.add(
        Node(
            kind="train",
            title=f"train {run}",
            settings=settings,
            needs=needs,
            commands=(Command(_words(run, prepared), environment),),
            files=synthesis.files(node),
            results=results_of_training(folder),
            training=str(folder),
            epochs=facts_of(run.trainer).epochs,
        )
    )
    return Model(id_, digest, folder, FINAL, run.trainer, run.fold, run.seed, (prepared,))


def _prepared(building: Building, run: Run) -> Prepared:
    arm = run.arm
    return building.once(
        ("preprocess", arm.dataset, arm.plans, arm.configuration),
        lambda: preprocess(building, data_of(building, arm.dataset), arm.plans, arm.configuration),
    )


def _words(run: Run, prepared: Prepared) -> tuple[str, ...]:
    what = (str(prepared.data.id), prepared.configuration, str(run.fold), "-tr", run.trainer, "-p", prepared.plans)
    how = ("--seed", str(run.seed), "--threads", CORES, "-device", DEVICE)
    return ("python", "-m", "nnunet_spine.steps.train", *what, *how)
