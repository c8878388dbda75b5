"""The commands of a graph as a shell script: what a person would have to type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shlex import join, quote

from nnunet_spine.experiments.engine.machine import on_this_machine
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.engine.results import COMPARE, comparison
from nnunet_spine.experiments.engine.states import Watch
from nnunet_spine.experiments.job.environment import typed
from nnunet_spine.experiments.nodes import Graph, Node
from nnunet_spine.experiments.workspace import Workspace

_CONTINUED = " \\\n  "
_HEAD = """\
#!/usr/bin/env bash
# {name}: all commands, in an order in which they can be run; what is done already is left out.
# `nnunet-spine run` does the same, several at a time; it does not know what was done by hand.
set -euo pipefail"""


def script(graph: Graph, options: RunOptions) -> Iterator[str]:
    """Lines of the script.

    Args:
        graph: whose commands.
        options: device and cores.
    """
    graph = on_this_machine(graph, options)
    yield _HEAD.format(name=graph.experiment)
    states = Watch(graph).look()
    for id_, node in graph.nodes.items():
        if states[id_].status == "done":
            yield f"\n# done: {node.title}"
            continue
        folder = quote(str(Workspace(graph.workspace).node(id_).folder))
        yield f"\n# {node.title}"
        yield f"mkdir -p {folder} && cd {folder}"
        for name, text in node.files.items():
            yield f"mkdir -p {quote(str(Path(name).parent))} && printf %s {quote(text)} > {quote(name)}"
        for command, words in zip(node.commands, commands_of(graph, node, options), strict=True):
            yield _CONTINUED.join([*(f"{name}={quote(value)}" for name, value in command.variables.items()), words])
    if files := [file for some in graph.results.values() for file in some]:
        yield "\n# report"
        yield join([*COMPARE, *comparison(graph, files, graph.results)])


def commands_of(graph: Graph, node: Node, options: RunOptions) -> list[str]:
    """The commands of a node as they are typed, without their variables."""
    device = "cuda" if options.gpus or options.slurm else "cpu"
    cores = graph.needs[node.kind].cores
    cores = cores if options.slurm else min(cores, options.cores)
    return [join(typed(command, device, cores)) for command in node.commands]
