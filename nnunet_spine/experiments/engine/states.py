"""How it stands with every node, read off its folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nnunet_spine.experiments.job.locks import is_held
from nnunet_spine.experiments.job.records import read_record
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import NodeFolder, Workspace

Status = Literal["done", "running", "failed", "stopped", "blocked", "waiting"]

_VANISHED = "ended without a word: killed, most often by the system for lack of memory, or the machine went down"


@dataclass(frozen=True)
class State:
    """How it stands with a node.

    Attributes:
        status: `done` is also what was deleted, if nothing that is left to be made needs it; `stopped` was told to stop
            or killed and can go on; `blocked` waits for one that failed or stopped.
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
    """Looks at the nodes of a graph again and again; what is done is not looked at twice.

    What cannot be read is as it was at the look before: file systems of a network fail now and then.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._workspace = Workspace(graph.workspace)
        self._last: dict[str, State] = {}
        self._earlier: dict[str, State] = {}

    def forget_attempts(self) -> None:
        """Take what failed or stopped for waiting from now on, until it fails or stops again.

        Records stay where they are until the node's next job begins: that may be refused, as by a full disk.
        """
        self._earlier = {id_: state for id_, state in self._found().items() if state.status in ("failed", "stopped")}

    def look(self) -> dict[str, State]:
        """The states of all nodes, in the graph's order.

        Raises:
            OSError: if a node cannot be looked at, and never could.
        """
        found = self._found()
        wanted = still_to_be_made(self._graph, {id_ for id_, state in found.items() if state.status == "done"})
        states: dict[str, State] = {}
        for id_, state in found.items():
            over = state.status != "running"
            if over and id_ not in wanted:
                state = State("done", state.record if state.status == "done" else {})
            elif state == self._earlier.get(id_):
                state = State("waiting")
            if state.status == "waiting" and self._is_blocked(id_, states):
                state = State("blocked")
            states[id_] = state
        return states

    def _found(self) -> dict[str, State]:
        for id_ in self._graph.nodes:
            if id_ not in self._last or self._last[id_].status != "done":
                self._last[id_] = self._look_at(id_)
        return dict(self._last)

    def _look_at(self, id_: str) -> State:
        try:
            return state_of(self._workspace.node(id_))
        except OSError:
            if id_ not in self._last:
                raise
            return self._last[id_]

    def _is_blocked(self, id_: str, states: Mapping[str, State]) -> bool:
        return any(states[need].status in ("failed", "stopped", "blocked") for need in self._graph.nodes[id_].needs)


def still_to_be_made(graph: Graph, done: Collection[str]) -> frozenset[str]:
    """Ids of nodes that are not done and that nothing needs, as results are, or one that is still to be made.

    So what was deleted for space is made again if something depends on it, and not otherwise.
    """
    asked = graph.nodes.keys() - {need for node in graph.nodes.values() for need in node.needs}
    # Backwards, for each is after those that it needs.
    for id_ in reversed(graph.nodes):
        if id_ in asked and id_ not in done:
            asked.update(graph.nodes[id_].needs)
    return frozenset(asked - set(done))


def state_of(folder: NodeFolder) -> State:
    """How it stands with a node, but for what it needs and what needs it.

    Raises:
        OSError: if it cannot be read.
    """
    if (record := read_record(folder.done)) is not None:
        return State("done", record)
    if (record := read_record(folder.running)) is not None:
        if is_held(folder.lock):
            return State("running", record)
        if folder.running.exists():
            return State("stopped", record | {"cause": _VANISHED})
        # It has ended since.
        return state_of(folder)
    if (record := read_record(folder.failed)) is not None:
        return State("stopped" if record["stopped"] else "failed", record)
    return State("waiting")
