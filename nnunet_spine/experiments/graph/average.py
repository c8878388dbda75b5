"""Weights between those before and after a training."""

from __future__ import annotations

from dataclasses import replace

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.model import AVERAGED, MADE_BY_FINETUNE, Model
from nnunet_spine.experiments.graph.runs import Run
from nnunet_spine.experiments.nodes import Command, Node


def average(building: Building, run: Run, before: Model, after: Model) -> Model:
    """The averaged model; `nnunet-spine finetune` makes that of 0.5 itself, others are a node."""
    factor = run.arm.average
    if factor == MADE_BY_FINETUNE:
        return replace(after, checkpoint=AVERAGED)
    name = f"checkpoint_averaged_{factor!r}.pth"
    checkpoints = (str(before.folder / before.checkpoint), str(after.folder / after.checkpoint))
    output = str(after.folder / name)
    words = ("nnunet-spine", "average", *checkpoints, "--factor", repr(factor), "--output", output)
    id_ = building.add(
        Node(
            kind="average",
            title=f"average {factor!r} {run}",
            settings={"factor": factor, "before": before.checkpoint},
            needs=tuple(dict.fromkeys((before.node, after.node))),
            commands=(Command(words),),
            results=(output,),
        )
    )
    return replace(after, node=id_, checkpoint=name)
