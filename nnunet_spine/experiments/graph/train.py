"""A training from scratch."""

from __future__ import annotations

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.data import variables
from nnunet_spine.experiments.graph.datasets import data_of, real_data_of
from nnunet_spine.experiments.graph.model import FINAL, Model, fold_folder, results_of_training
from nnunet_spine.experiments.graph.preprocess import Prepared, preprocess
from nnunet_spine.experiments.graph.priors import Priors, priors
from nnunet_spine.experiments.graph.runs import Run
from nnunet_spine.experiments.graph.synthesis import Synthesis, settings_file, synthesis_of
from nnunet_spine.experiments.graph.trainers import facts_of
from nnunet_spine.experiments.nodes import CORES, DEVICE, Command, Node, address

_SETTINGS_FILE = "synthesis.yaml"
_VARIABLE = "nnUNet_spine_synth"


def train(building: Building, run: Run) -> Model:
    """The node, and what it makes."""
    prepared = _prepared(building, run)
    synthesis = _synthesis(building, run)
    fitted = _priors(building, run) if synthesis is not None and synthesis.fitted else None
    training = {
        "trainer": run.trainer,
        "configuration": run.arm.configuration,
        "seed": run.seed,
        "synthesis": None if synthesis is None else dict(synthesis.settings),
    }
    digest = address("models", training, (prepared.node,)).partition("-")[2]
    settings = {**training, "fold": run.fold}
    needs = (prepared.node, *((fitted.node,) if fitted else ()))
    node = building.folder(address("train", settings, needs))
    folder = fold_folder(building.workspace.models(digest), run.trainer, prepared, run.fold)
    environment = variables(prepared.data.raw, prepared.preprocessed, building.workspace.models(digest))
    files = {}
    if synthesis is not None:
        files[str(node.folder / _SETTINGS_FILE)] = settings_file(synthesis, fitted and fitted.file)
        environment[_VARIABLE] = str(node.folder / _SETTINGS_FILE)
    building.add(
        Node(
            kind="train",
            title=f"train {run}",
            settings=settings,
            needs=needs,
            commands=(Command(_words(run, prepared), environment),),
            files=files,
            results=results_of_training(folder),
            training=str(folder),
            epochs=facts_of(run.trainer).epochs,
        )
    )
    return Model(node.folder.name, digest, folder, FINAL, run.trainer, run.fold, run.seed, (prepared,))


def _prepared(building: Building, run: Run) -> Prepared:
    arm = run.arm
    key = ("preprocess", arm.dataset, arm.plans, arm.configuration)
    return building.once(
        key, lambda: preprocess(building, data_of(building, arm.dataset), arm.plans, arm.configuration)
    )


def _synthesis(building: Building, run: Run) -> Synthesis | None:
    """All settings of a training that synthesises; a trainer that is not of this package does if settings are given."""
    facts = facts_of(run.trainer)
    if facts.synthesis is None and not run.arm.synthesis:
        return None
    fitted = facts.fitted or run.arm.priors is not None
    return building.once(
        ("synthesis", run.name, run.trainer), lambda: synthesis_of(run.arm.synthesis, facts.synthesis, fitted)
    )


def _priors(building: Building, run: Run) -> Priors:
    """Fitted to real images: for a data set of synthetic ones to those of its source."""
    data = real_data_of(building, run.arm.dataset)
    return building.once(("priors", data, run.fold), lambda: priors(building, data, run.fold))


def _words(run: Run, prepared: Prepared) -> tuple[str, ...]:
    what = (str(prepared.data.id), prepared.configuration, str(run.fold), "-tr", run.trainer, "-p", prepared.plans)
    how = ("--seed", str(run.seed), "--threads", CORES, "-device", DEVICE)
    return ("python", "-m", "nnunet_spine.steps.train", *what, *how)
