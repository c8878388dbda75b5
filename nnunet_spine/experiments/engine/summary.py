"""The last lines of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nnunet_spine.experiments.engine.states import State
from nnunet_spine.experiments.engine.time_left import duration
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace

_TAIL = 5


def summary(graph: Graph, states: Mapping[str, State], engine_log: Path) -> list[str]:
    """What was made, what was not, and why: a line for each job that failed or stopped."""
    by_status: dict[str, list[str]] = {}
    for id_, state in states.items():
        by_status.setdefault(state.status, []).append(id_)
    done = by_status.get("done", [])
    seconds = sum(states[id_].seconds or 0 for id_ in done)
    lines = [f"{graph.experiment}: {len(done)} of {len(states)} jobs done, {duration(seconds)} of work in them."]
    if running := by_status.get("running"):
        lines.append(f"{len(running)} still running, begun earlier: the same command waits for them.")
    if blocked := by_status.get("blocked"):
        lines.append(f"{len(blocked)} not begun, since they need one that is not made.")
    if waiting := by_status.get("waiting"):
        lines += [f"{len(waiting)} not begun. The engine's log ends: {engine_log}", *_end_of(engine_log)]
    workspace = Workspace(graph.workspace)
    for id_ in [*by_status.get("stopped", []), *by_status.get("failed", [])]:
        state = states[id_]
        lines.append(f"{state.status.upper()} {graph.nodes[id_].title}: {state.cause} | {workspace.node(id_).log}")
    return lines


def _end_of(log: Path) -> list[str]:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return [f"  {line}" for line in lines[-_TAIL:]]
