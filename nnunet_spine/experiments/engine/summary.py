"""The last lines of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from nnunet_spine.experiments.engine.states import State, Status
from nnunet_spine.experiments.engine.time_left import duration
from nnunet_spine.experiments.engine.versions import different_versions
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace

_TAIL = 5


def summary(graph: Graph, states: Mapping[str, State], engine_log: Path, interrupted: bool) -> Iterator[str]:
    """What was made, what was not, and why: at last a line for each job that failed.

    Args:
        graph: that was run.
        states: of all nodes.
        engine_log: for what the jobs do not explain.
        interrupted: whether the run was told to stop: then it is no news that jobs stopped or were not begun.
    """
    counts = {status: sum(state.status == status for state in states.values()) for status in _WORDS}
    seconds = sum(state.seconds or 0 for state in states.values())
    yield f"{graph.experiment}: {counts['done']} of {len(states)} jobs done, {duration(seconds)} of work in them."
    yield from (words.format(counts[status]) for status, words in _WORDS.items() if words and counts[status])
    yield from different_versions(states)
    if counts["waiting"] and not interrupted:
        yield f"The engine's log ends: {engine_log}"
        yield from _end_of(engine_log)
    told: tuple[Status, ...] = ("failed",) if interrupted else ("stopped", "failed")
    workspace = Workspace(graph.workspace)
    for status in told:
        for id_ in (id_ for id_, state in states.items() if state.status == status):
            yield f"{status.upper()} {graph.nodes[id_].title}: {states[id_].cause} | {workspace.node(id_).log}"


_WORDS: Mapping[Status, str] = {
    "done": "",
    "failed": "",
    "running": "{} still running, begun earlier: the same command waits for them.",
    "stopped": "{} stopped; trainings go on where they were.",
    "waiting": "{} not begun.",
    "blocked": "{} not begun, since they need one that is not made.",
}


def _end_of(log: Path) -> list[str]:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return [f"  {line}" for line in lines[-_TAIL:]]
