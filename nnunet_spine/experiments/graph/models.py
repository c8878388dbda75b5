"""The models of an experiment: trained, trained on, averaged, or those of an earlier arm as they are."""

from __future__ import annotations

from nnunet_spine.experiments.graph.average import average
from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.finetune import finetune
from nnunet_spine.experiments.graph.model import Model
from nnunet_spine.experiments.graph.runs import Run
from nnunet_spine.experiments.graph.train import train


def model_of(building: Building, run: Run) -> Model:
    """The model of a run, with the nodes that make it."""
    return building.once(("model", run.name, run.patients, run.fold, run.seed), lambda: _make(building, run))


def _make(building: Building, run: Run) -> Model:
    if run.arm.after is None:
        return train(building, run)
    before = model_of(building, run.before)
    if run.patients == 0:
        return before
    after = finetune(building, run, before)
    return after if run.arm.average is None else average(building, run, before, after)
