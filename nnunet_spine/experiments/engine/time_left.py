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
        unknown: kinds of jobs of which some take nobody knows how long: none like them was measured, or they take
            longer than those.
    """

    seconds: float
    unknown: tuple[str, ...]

    def __str__(self) -> str:
        if not self.unknown:
            return f"about {duration(self.seconds)} left"
        if not self.seconds:
            return "time left unknown"
        return f"more than {duration(self.seconds)} left (unknown for {', '.join(self.unknown)})"


def time_left(
    graph: Graph, states: Mapping[str, State], trainings: Mapping[str, Progress], begun_s: Mapping[str, float]
) -> TimeLeft:
    """Time until all that can be done is done, if as many jobs run at a time as now.

    Args:
        graph: what is made.
        states: of all nodes.
        trainings: progress of running ones.
        begun_s: how many seconds ago running nodes were begun.
    """
    alike = _alike(graph)
    typical = _typical(graph, alike, states, trainings)
    left, unknown = {}, set()
    for id_, node in graph.nodes.items():
        if states[id_].status in ("running", "waiting"):
            seconds = _left(node, typical.get(alike[id_]), trainings.get(id_), begun_s.get(id_, 0.0))
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


Likeness = tuple[str, str | None, int | None]


def _alike(graph: Graph) -> dict[str, Likeness]:
    """Kind, configuration of nnU-Net and epochs of every node: jobs that have them in common take about as long."""
    configurations: dict[str, str | None] = {}
    for id_, node in graph.nodes.items():
        of_needs = (configurations[need] for need in node.needs if configurations[need])
        configurations[id_] = node.settings.get("configuration") or next(of_needs, None)
    return {id_: (node.kind, configurations[id_], node.epochs) for id_, node in graph.nodes.items()}


def _typical(
    graph: Graph, alike: Mapping[str, Likeness], states: Mapping[str, State], trainings: Mapping[str, Progress]
) -> dict[Likeness, float]:
    """Seconds of jobs that are alike: of those that are done, or else by the pace of those that run."""
    measured: dict[Likeness, list[float]] = {}
    paced: dict[Likeness, list[float]] = {}
    for id_, node in graph.nodes.items():
        if (seconds := states[id_].seconds) is not None:
            measured.setdefault(alike[id_], []).append(seconds)
        elif id_ in trainings and node.epochs:
            paced.setdefault(alike[id_], []).append(trainings[id_].pace_s * node.epochs)
    return {likeness: mean(seconds) for likeness, seconds in (paced | measured).items()}


def _left(node: Node, typical: float | None, progress: Progress | None, begun_s: float) -> float | None:
    """Seconds, or None: what takes longer than others may end at any time, or never."""
    if progress and node.epochs and progress.epochs < node.epochs:
        return (node.epochs - progress.epochs) * progress.pace_s
    if typical is None or begun_s >= typical:
        return None
    return typical - begun_s
