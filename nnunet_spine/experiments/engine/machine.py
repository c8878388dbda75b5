"""What jobs are given of one machine, and how many trainings that makes at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.nodes import Graph, Kind, Need
from nnunet_spine.plumbing.memory import memory_bytes

_TRAININGS: tuple[Kind, ...] = ("train", "finetune")


def memory_mb() -> int:
    """Memory of this machine or of its container: jobs that need more than all of it have it for themselves.

    Raises:
        OSError: if that cannot be known.
    """
    there = memory_bytes()
    if there is None:
        raise OSError("how much memory this machine has cannot be known")
    return there // 1_000_000


def on_this_machine(graph: Graph, options: RunOptions) -> Graph:
    """The graph with jobs on a GPU that take no more cores and memory than a GPU's share, so that none stays idle.

    Under SLURM as it is; without GPUs no job has one.
    """
    if options.slurm:
        return graph
    number = len(options.gpus) or 1
    cores, memory_gb = max(1, options.cores // number), memory_mb() // number / 1000

    def share(need: Need) -> Need:
        if not need.gpus or not options.gpus:
            return replace(need, gpus=0)
        return replace(need, cores=min(need.cores, cores), memory_gb=min(need.memory_gb, memory_gb))

    return replace(graph, needs={kind: share(need) for kind, need in graph.needs.items()})


def trainings_at_a_time(graph: Graph, options: RunOptions, left: Iterable[str]) -> list[str]:
    """A line that says how many trainings run at a time and what would change it; none without trainings, or in SLURM.

    Args:
        graph: as `on_this_machine` gives it.
        options: where it is run.
        left: ids of the nodes that are to be made.
    """
    kinds = {graph.nodes[id_].kind for id_ in left}
    kind = next((kind for kind in _TRAININGS if kind in kinds), None)
    if kind is None or options.slurm:
        return []
    need, total_gb = graph.needs[kind], memory_mb() / 1000
    number = _at_a_time(need, options)
    given = f"{min(need.cores, options.cores)} of {options.cores} cores, {need.memory_gb:.3g} of {total_gb:.3g} GB"
    gpu = f", {number} of {len(options.gpus)} GPUs" if options.gpus else ""
    line = f"Trainings at a time: {number}, each {given}{gpu}."
    if number == len(options.gpus) or number >= options.cores:
        return [line]
    less = f"cores: {options.cores // (number + 1)}, memory_gb: {total_gb / (number + 1):.2g}"
    return [f"{line} For {number + 1}, in the file: resources: {{{kind}: {{{less}}}}}"]


def _at_a_time(need: Need, options: RunOptions) -> int:
    by_cores = options.cores // min(need.cores, options.cores)
    by_memory = max(1, memory_mb() // round(1000 * need.memory_gb))
    return min(by_cores, by_memory, len(options.gpus) if need.gpus and options.gpus else by_cores)
