"""A graph under construction: the experiment, the workspace, and the nodes so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from nnunet_spine.experiments.nodes import Node
from nnunet_spine.experiments.schema import Experiment
from nnunet_spine.experiments.workspace import NodeFolder, Workspace

Made = TypeVar("Made")


@dataclass(frozen=True)
class Building:
    """What every builder is given.

    Attributes:
        experiment: to build the graph of.
        workspace: where everything goes.
        nodes: by id, each after those that it needs.
    """

    experiment: Experiment
    workspace: Workspace
    nodes: dict[str, Node] = field(default_factory=dict)
    _made: dict[Any, Any] = field(default_factory=dict)

    def add(self, node: Node) -> str:
        """Put a node into the graph, or its results to those of one that makes the same; its id."""
        there = self.nodes.setdefault(node.id, node)
        if not set(node.results) <= set(there.results):
            self.nodes[node.id] = replace(there, results=tuple(dict.fromkeys((*there.results, *node.results))))
        return node.id

    def folder(self, id_: str) -> NodeFolder:
        """Folder of a node."""
        return self.workspace.node(id_)

    def once(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """What a function makes, made once for a key."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are said, so that a setting which is new and not used changes no id."""
    return {key: value for key, value in values.items() if value is not None}
