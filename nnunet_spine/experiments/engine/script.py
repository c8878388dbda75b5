"""The commands of a graph as a shell script: what a person would have to type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from shlex import join, quote

from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.engine.states import State
from nnunet_spine.experiments.nodes import CORES, DEVICE, Graph, Node
from nnunet_spine.experiments.workspace import Workspace

_HEAD = """\
#!/usr/bin/env bash
# {name}: all commands, in an order in which they can be run; what is done already is left out.
# `nnunet-spine run` does the same, several at a time; it does not know what was done by hand.
set -euo pipefail"""


def script(graph: Graph, states: Mapping[str, State], options: RunOptions) -> Iterator[str]:
    """Lines of the script.

    Args:
        graph: whose commands.
        states: of its nodes.
        options: device and cores.
    """
    yield _HEAD.format(name=graph.experiment)
    device = "cuda" if options.gpus or options.slurm else "cpu"
    for id_, node in graph.nodes.items():
        if states[id_].status == "done":
            yield f"\n# done: {node.title}"
            continue
        folder = quote(str(Workspace(graph.workspace).node(id_).folder))
        yield f"\n# {node.title}"
        yield f"mkdir -p {folder} && cd {folder}"
        for name, text in node.files.items():
            yield f"mkdir -p {quote(str(name.rpartition('/')[0] or '.'))} && printf %s {quote(text)} > {quote(name)}"
        cores = min(graph.needs[node.kind].cores, options.cores)
        yield from command_lines(node, {DEVICE: device, CORES: str(cores)})


def command_lines(node: Node, words: Mapping[str, str] | None = None) -> list[str]:
    """Each command of a node as it is typed, its variables before it.

    Args:
        node: whose commands.
        words: what replaces words for device and cores.
    """
    replaced = words or {}
    return [
        " ".join(
            [
                *(f"{name}={quote(value)}" for name, value in command.variables.items()),
                join(replaced.get(word, word) for word in command.words),
            ]
        )
        for command in node.commands
    ]
