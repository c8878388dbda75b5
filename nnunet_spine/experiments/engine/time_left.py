"""How long it will take still, from how long things took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean

from nnunet_spine.experiments.engine.states import State
from nnunet_spine.experiments.engine.training import Progress
from nnunet_spine.experiments.nodes import KINDS, Graph, Node


@dataclass(frozen=True)
class TimeLeft:
    """An estimate.

    Attributes:
        seconds: for all whose duration is known.
        unknown: kinds of jobs of which none has been measured.
    """

    seconds: float
    unknown: tuple[str, ...]

    def __str__(self) -> str:
        if not self.unknown:
            return f"about {duration(self.seconds)} left"
        if not self.seconds:
            return "time left unknown"
        return f"more than {duration(self.seconds)} left ({', '.join(self.unknown)} not measured yet)"


def time_left(
    graph: Graph, states: Mapping[str, State], trainings: Mapping[str, Progress], begun_s: Mapping[str, float]
):
    """Time until all that can be done is done, if as many jobs run at a time as now.

    Args:
        graph: what is made.
        states: of all nodes.
        trainings: progress of running ones.
        begun_s: how many seconds ago running nodes were begun.
    """
    typical = _typical(graph, states, trainings)
    left, unknown = {}, set()
    for id_, node in graph.nodes.items():
        if states[id_].status in ("running", "waiting"):
            seconds = _left(node, id_, typical, trainings, begun_s)
            if seconds is None:
                unknown.add(node.kind)
            else:
                left[id_] = seconds
    running = [id_ for id_, state in states.items() if state.status == "running"]
    longest = max((left.get(id_, 0) for id_ in running), default=0)
    seconds = max(sum(left.values()) / max(1, len(running)), longest)
    return TimeLeft(seconds, tuple(kind for kind in KINDS if kind in unknown))


def duration(seconds: float) -> str:
    """Such as `40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def _typical(graph: Graph, states: Mapping[str, State], trainings: Mapping[str, Progress]) -> dict[str, float]:
    """Seconds of a job, by kind: of those that are done, or else by the pace of those that run."""
    measured: dict[str, list[float]] = {}
    paced: dict[str, list[float]] = {}
    for id_, node in graph.nodes.items():
        if (seconds := states[id_].seconds) is not None:
            measured.setdefault(node.kind, []).append(seconds)
        elif id_ in trainings and node.epochs:
            paced.setdefault(node.kind, []).append(trainings[id_].pace_s * node.epochs)
    return {kind: mean(seconds) for kind, seconds in (paced | measured).items()}


def _left(
    node: Node, id_: str, typical: Mapping[str, float], trainings: Mapping[str, Progress], begun_s: Mapping[str, float]
) -> float | None:
    if id_ in trainings and node.epochs:
        return (node.epochs - trainings[id_].epochs) * trainings[id_].pace_s
    if node.kind not in typical:
        return None
    return max(0.0, typical[node.kind] - begun_s.get(id_, 0.0))
