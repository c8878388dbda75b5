"""Weights between those before and after a training."""

from __future__ import annotations

from dataclasses import replace

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.model import AVERAGED, Model
from nnunet_spine.experiments.graph.runs import Run
from nnunet_spine.experiments.nodes import Command, Node

_MADE_BY_FINETUNE = 0.5


def average(building: Building, run: Run, before: Model, after: Model) -> Model:
    """The averaged model; `nnunet-spine finetune` makes that of 0.5 itself, others are a node."""
    factor = run.arm.average
    if factor == _MADE_BY_FINETUNE:
        return replace(after, checkpoint=AVERAGED)
    name = f"checkpoint_averaged_{factor:g}.pth"
    checkpoints = (str(before.folder / before.checkpoint), str(after.folder / after.checkpoint))
    output = str(after.folder / name)
    words = ("nnunet-spine", "average", *checkpoints, "--factor", repr(factor), "--output", output)
    id_ = building.add(
        Node(
            kind="average",
            title=f"average {factor:g} {run}",
            settings={"factor": factor, "before": before.checkpoint},
            needs=tuple(dict.fromkeys((before.node, after.node))),
            commands=(Command(words),),
            results=(output,),
        )
    )
    return replace(after, node=id_, checkpoint=name)
