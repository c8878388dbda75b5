"""A training from the weights of another one, by `nnunet-spine finetune`."""

from __future__ import annotations

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.data import Data, own_variables, variables
from nnunet_spine.experiments.graph.datasets import data_of
from nnunet_spine.experiments.graph.model import (
    AVERAGED,
    MADE_BY_FINETUNE,
    Model,
    digest_of_training,
    fold_folder,
    results_of_training,
)
from nnunet_spine.experiments.graph.preprocess import Prepared
from nnunet_spine.experiments.graph.run_synthesis import synthesis_of_run
from nnunet_spine.experiments.graph.runs import Run
from nnunet_spine.experiments.graph.splits import splits_command
from nnunet_spine.experiments.graph.trainers import facts_of
from nnunet_spine.experiments.nodes import CORES, DEVICE, Command, Node, address
from nnunet_spine.plumbing.names import FINAL


def finetune(building: Building, run: Run, before: Model) -> Model:
    """The node, and what it makes."""
    data = data_of(building, run.arm.dataset)
    prepared = _prepare(building, data, before)
    synthesis = synthesis_of_run(building, run)
    training = {
        "trainer": run.trainer,
        "seed": run.seed,
        "synthesis": synthesis.settings,
        "before": before.training,
        "checkpoint": before.checkpoint,
    }
    settings = {**training, "fold": run.fold}
    # Preprocessed data may be linked to those of the model before.
    needs = tuple(dict.fromkeys((prepared.node, *data.needs, before.prepared.node, before.node, *synthesis.needs)))
    node = building.folder(address("finetune", settings, needs))
    digest = digest_of_training(training, prepared)
    results = building.workspace.models(digest)
    folder = fold_folder(results, run.trainer, prepared, run.fold)
    environment = variables(data.raw, prepared.preprocessed, results) | synthesis.variables(node)
    averaged = (str(folder / AVERAGED),) if run.arm.average == MADE_BY_FINETUNE else ()
    id_ = building.add(
        Node(
            kind="finetune",
            title=f"finetune {run}",
            settings=settings,
            needs=needs,
            commands=(Command(_words(run, before, prepared), environment),),
            files=synthesis.files(node),
            results=(*results_of_training(folder), *averaged),
            training=str(folder),
            epochs=facts_of(run.trainer).epochs,
        )
    )
    return Model(id_, digest, folder, FINAL, run.trainer, run.fold, run.seed, (*before.trained_on, prepared))


def _words(run: Run, before: Model, prepared: Prepared) -> tuple[str, ...]:
    what = ("-d", str(prepared.data.id), "-f", str(run.fold), "--trainer", run.trainer, "--plans", prepared.plans)
    how = ("--seed", str(run.seed), "--device", DEVICE, "--processes", CORES)
    return ("nnunet-spine", "finetune", str(before.folder / before.checkpoint), *what, *how)


def _prepare(building: Building, data: Data, before: Model) -> Prepared:
    """The data set preprocessed with the plans of the models before, once for all of their folds and seeds.

    It is told by the trainer, which may change plans, and what that was trained on, not by any weights: so that it need
    not wait for them.
    """
    own, trainer = before.prepared, facts_of(before.trainer).plans_as
    plans = f"{own.plans}From{own.data.id:03d}"
    settings = {"data": dict(data.settings), "plans": plans, "trainer": trainer}
    needs = tuple(dict.fromkeys((*data.needs, own.node)))
    node = building.folder(address("preprocess", settings, needs))
    prepared = Prepared(data, node.folder.name, node.preprocessed, plans, own.configuration)
    environment = own_variables(node, data.raw)
    words = ("python", "-m", "nnunet_spine.steps.prepare_finetuning", str(own.folder), str(data.folder))
    what = ("-tr", trainer, "-c", own.configuration, "-p", own.plans, "--name", plans, "-np", CORES)
    what += ("--same-data",) if data == own.data else ()
    building.add(
        Node(
            kind="preprocess",
            title=f"preprocess {data.name} as {own.data.name}, {own.configuration}",
            settings=settings,
            needs=needs,
            commands=(
                splits_command(data, node.preprocessed, environment),
                Command((*words, *what), environment),
            ),
            results=tuple(str(prepared.folder / name) for name in (f"{plans}.json", "splits_final.json")),
        )
    )
    return prepared
