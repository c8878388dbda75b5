"""What jobs are given: defaults of a kind, and what the experiment says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nnunet_spine.experiments.graph.building import without_none
from nnunet_spine.experiments.nodes import Kind, Need
from nnunet_spine.experiments.schema import Needs

DEFAULTS: Mapping[Kind, Need] = {
    "convert": Need(cores=4, memory_gb=8, hours=4, gpus=0),
    "synthesize": Need(cores=4, memory_gb=16, hours=12, gpus=0),
    "degrade": Need(cores=4, memory_gb=8, hours=1, gpus=0),
    "priors": Need(cores=4, memory_gb=8, hours=2, gpus=0),
    "preprocess": Need(cores=8, memory_gb=32, hours=12, gpus=0),
    "train": Need(cores=8, memory_gb=32, hours=72, gpus=1),
    "finetune": Need(cores=8, memory_gb=32, hours=24, gpus=1),
    "average": Need(cores=1, memory_gb=4, hours=0.5, gpus=0),
    "predict": Need(cores=4, memory_gb=16, hours=2, gpus=1),
    "evaluate": Need(cores=4, memory_gb=8, hours=2, gpus=0),
}
"""Enough for SPIDER as a whole with nnU-Net's own plans; hours are limits for a cluster's queue, not expectations."""


def needs_of(resources: Mapping[str, Needs]) -> dict[str, Need]:
    """Needs of all kinds."""
    said = {kind: without_none(needs.model_dump()) for kind, needs in resources.items()}
    return {kind: replace(need, **said.get(kind, {})) for kind, need in DEFAULTS.items()}
