"""What a person sees of a run: a view of its state, as lines."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from nnunet_spine.experiments.engine.states import State
from nnunet_spine.experiments.engine.time_left import TimeLeft, duration, time_left
from nnunet_spine.experiments.engine.training import Progress, TrainingLogs
from nnunet_spine.experiments.nodes import KINDS, Graph, Node

_WORDS = {
    "running": "running",
    "waiting": "waiting",
    "failed": "failed",
    "stopped": "stopped",
    "blocked": "waiting for one that failed or stopped",
}


@dataclass(frozen=True)
class View:
    """A run at a moment.

    Attributes:
        graph: what is made.
        states: of all nodes.
        trainings: progress of running ones that have finished an epoch.
        begun_s: how many seconds ago running ones were begun.
        left: time left.
    """

    graph: Graph
    states: Mapping[str, State]
    trainings: Mapping[str, Progress]
    begun_s: Mapping[str, float]
    left: TimeLeft

    @property
    def counts(self) -> Counter[str]:
        """Nodes by status."""
        return Counter(state.status for state in self.states.values())

    def headline(self) -> str:
        """Jobs done, the time left, jobs running, waiting, failed; the most important first, for narrow terminals."""
        counts = self.counts
        parts = [f"{counts['done']} of {len(self.states)} jobs done"]
        parts += [str(self.left)] if counts["running"] else []
        parts += [f"{counts[status]} {words}" for status, words in _WORDS.items() if counts[status]]
        return f"{self.graph.experiment}: {', '.join(parts)}"

    def by_kind(self) -> str:
        """Jobs done of all, by kind."""
        all_, done = Counter(), Counter()
        for id_, node in self.graph.nodes.items():
            all_[node.kind] += 1
            done[node.kind] += self.states[id_].status == "done"
        return ", ".join(f"{kind} {done[kind]}/{all_[kind]}" for kind in KINDS if kind in all_)

    def running(self) -> list[str]:
        """A line for each running job, trainings first; numbers before the title, which may be cut off."""
        ids = [id_ for id_, state in self.states.items() if state.status == "running"]
        return [self._job(id_) for id_ in sorted(ids, key=lambda id_: self.graph.nodes[id_].training is None)]

    def failed(self) -> list[str]:
        """A line for each job that failed or stopped."""
        return [
            f"{state.status.upper()} {self.graph.nodes[id_].title}: {state.cause}"
            for id_, state in self.states.items()
            if state.status in ("failed", "stopped")
        ]

    def lines(self) -> list[str]:
        """All of it."""
        running, failed = ([f"  {line}" for line in lines] for lines in (self.running(), self.failed()))
        return [self.headline(), f"  {self.by_kind()}", *running, *failed]

    def _job(self, id_: str) -> str:
        node = self.graph.nodes[id_]
        begun = f"begun {duration(self.begun_s[id_])} ago"
        numbers = [begun] if node.training is None else _epochs(node, self.trainings.get(id_))
        return f"{'  '.join([*numbers, *self._place(id_)])} | {node.title}"

    def _place(self, id_: str) -> list[str]:
        """Host and device, as far as there are several."""
        records = [state.record for state in self.states.values() if state.status == "running"]
        kinds = [kind for kind in ("host", "device") if len({record[kind] for record in records}) > 1]
        return [self.states[id_].record[kind] for kind in kinds]


class Viewer:
    """Makes views, and remembers what it has read."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._logs = TrainingLogs()

    def view(self, states: Mapping[str, State]) -> View:
        """The run at this moment."""
        running = {id_: state for id_, state in states.items() if state.status == "running"}
        begun_s = {id_: _seconds_since(state.record["started"]) for id_, state in running.items()}
        found = {id_: self._progress(self._graph.nodes[id_]) for id_ in running}
        trainings = {id_: progress for id_, progress in found.items() if progress}
        return View(self._graph, states, trainings, begun_s, time_left(self._graph, states, trainings, begun_s))

    def _progress(self, node: Node) -> Progress | None:
        return self._logs.progress(Path(node.training)) if node.training else None


def _epochs(node: Node, progress: Progress | None) -> list[str]:
    """Epoch, pseudo Dice and the time left of a training, as far as they are known."""
    of = f"/{node.epochs}" if node.epochs else ""
    if progress is None:
        return [f"epoch 1{of}"]
    dice = [] if math.isnan(progress.dice) else [f"Dice {progress.dice:.2f}"]
    if progress.epochs == node.epochs:
        return [f"epoch {progress.epochs}{of}", *dice, "validation"]
    left = [f"{duration((node.epochs - progress.epochs) * progress.pace_s)} left"] if node.epochs else []
    return [f"epoch {progress.epochs + 1}{of}", *dice, *left]


def _seconds_since(moment: str) -> float:
    return max(0.0, (datetime.now(timezone.utc) - datetime.fromisoformat(moment)).total_seconds())
