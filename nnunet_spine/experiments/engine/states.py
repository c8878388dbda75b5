"""How it stands with every node, read off its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nnunet_spine.experiments.job.locks import if_free, is_held
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import NodeFolder, Workspace
from nnunet_spine.plumbing.files import read_json

Status = Literal["done", "running", "failed", "stopped", "blocked", "waiting"]

_VANISHED = "ended without a word: killed, most often by the system for lack of memory, or the machine went down"


@dataclass(frozen=True)
class State:
    """How it stands with a node.

    Attributes:
        status: `stopped` was told to stop or killed and can go on; `blocked` waits for one that failed or stopped.
        record: what the job wrote: host, seconds, cause, ...
    """

    status: Status
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cause(self) -> str:
        """Why it failed or stopped."""
        return self.record.get("cause", "")

    @property
    def seconds(self) -> float | None:
        """How long making it took."""
        return self.record.get("seconds")


class Watch:
    """Looks at the nodes of a graph again and again; what is done is not looked at twice."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._workspace = Workspace(graph.workspace)
        self._done: dict[str, State] = {}

    def look(self) -> dict[str, State]:
        """The states of all nodes, in the graph's order."""
        states: dict[str, State] = {}
        for id_, node in self._graph.nodes.items():
            state = self._done.get(id_) or state_of(self._workspace.node(id_))
            if state.status == "done":
                self._done[id_] = state
            elif state.status == "waiting" and any(
                states[need].status in ("failed", "stopped", "blocked") for need in node.needs
            ):
                state = State("blocked")
            states[id_] = state
        return states


def state_of(folder: NodeFolder) -> State:
    """How it stands with a node, but for what it needs."""
    if (record := _read(folder.done)) is not None:
        return State("done", record)
    if (record := _read(folder.running)) is not None:
        if is_held(folder.lock):
            return State("running", record)
        if folder.running.exists():
            return State("stopped", record | {"cause": _VANISHED})
        # It has ended since.
        return state_of(folder)
    if (record := _read(folder.failed)) is not None:
        return State("stopped" if record["stopped"] else "failed", record)
    return State("waiting")


def forget_attempts(graph: Graph) -> None:
    """Remove records of attempts that are over, so that those of this run can be told from them."""
    for id_ in graph.nodes:
        folder = Workspace(graph.workspace).node(id_)
        if state_of(folder).status in ("failed", "stopped"):
            with if_free(folder.lock) as free:
                if free:
                    folder.failed.unlink(missing_ok=True)
                    folder.running.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return read_json(path)
    except FileNotFoundError:
        return None
