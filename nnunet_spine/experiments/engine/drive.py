"""Running a graph from start to end, whatever happens to its jobs."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from nnunet_spine.experiments.engine import snakemake
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.engine.progress import Viewer
from nnunet_spine.experiments.engine.reports import Reports
from nnunet_spine.experiments.engine.results import gather_results
from nnunet_spine.experiments.engine.screen import Screen
from nnunet_spine.experiments.engine.states import State, Watch, forget_attempts
from nnunet_spine.experiments.engine.summary import summary
from nnunet_spine.experiments.engine.table import write_table
from nnunet_spine.experiments.job.diagnosis import diagnose_error
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace
from nnunet_spine.plumbing.lock import exclusive

LOCK, TABLE = "lock", "jobs.csv"
"""In the folder of an experiment."""

INTERRUPTED = 130

_LOOK_S = 1.0
_PAUSE_OF_LOOK = 10


def run_graph(graph: Graph, options: RunOptions, output: TextIO = sys.stdout, reports: Reports | None = None) -> int:
    """Make every node that is not made yet, show how it goes, and report on the results.

    Args:
        graph: what is made.
        options: where and how.
        output: what is shown goes there.
        reports: that are written as results come.

    Returns:
        0 if all is made, 1 if something failed, 130 if it was interrupted.

    Raises:
        ValueError: if Snakemake or SLURM is missing, or another process runs the same experiment.
    """
    snakemake.require_engine(options.slurm)
    folder = Workspace(graph.workspace).experiment(graph.experiment)
    with exclusive(folder / LOCK, f"experiment {graph.experiment} in {graph.workspace} (--status shows how it goes)"):
        forget_attempts(graph)
        return _Run(graph, folder, options, Screen(output), reports or Reports(graph)).run()


class _Run:
    """One run of a graph, by whoever holds the experiment's lock."""

    def __init__(self, graph: Graph, folder: Path, options: RunOptions, screen: Screen, reports: Reports) -> None:
        self._graph, self._folder, self._options = graph, folder, options
        self._screen, self._reports = screen, reports
        self._watch, self._viewer = Watch(graph), Viewer(graph)
        self._seen: dict[str, State] = {}
        self._results: Mapping[Path, str] = {}

    def run(self) -> int:
        try:
            with interruptible():
                self._make()
                states = self._watch.look()
                self._screen.say(self._report(states))
        except KeyboardInterrupt:
            self._reports.stop()
            states = self._watch.look()
            with contextlib.suppress(OSError):
                self._write(states)
            self._screen.say("Stopped; checkpoints and all that is done stay. The same command goes on.")
            self._end(states, interrupted=True)
            return INTERRUPTED
        self._end(states)
        return 0 if all(state.status == "done" for state in states.values()) else 1

    def _make(self) -> None:
        """Run Snakemake as long as that makes something.

        Once is enough but for batches on a cluster: if one of a batch fails, Snakemake leaves what needs the others.
        """
        targets = [id_ for id_, state in self._watch.look().items() if state.status != "done"]
        snakemake.prepare(self._graph, self._options, targets)
        while targets:
            self._run_snakemake()
            left = [id_ for id_, state in self._watch.look().items() if state.status == "waiting"]
            if not 0 < len(left) < len(targets):
                return
            targets = left
            snakemake.prepare(self._graph, self._options, targets)

    def _run_snakemake(self) -> None:
        """Start it, and follow it to its end."""
        words = snakemake.command(self._graph, self._options)
        with snakemake.running(words, self._folder / snakemake.LOG) as process:
            try:
                while process.poll() is None:
                    time.sleep(self._follow())
            except KeyboardInterrupt:
                self._screen.say("Stopping: the jobs are told to end, which takes a minute at most ...")
                raise

    def _follow(self) -> float:
        """Show how it stands; seconds until the next look, so that looking does not become work."""
        begun = time.monotonic()
        states = self._watch.look()
        try:
            if states != self._seen:
                self._write(states)
            note = self._reports.update(self._results)
        except OSError as error:
            # Such as a full disk, which must not end what needs no space.
            note = diagnose_error(error)
        self._seen = states
        self._screen.show(self._viewer.view(states), note)
        return max(_LOOK_S, _PAUSE_OF_LOOK * (time.monotonic() - begun))

    def _write(self, states: Mapping[str, State]) -> None:
        write_table(self._graph, states, self._folder / TABLE)
        self._results = gather_results(self._graph, states)

    def _report(self, states: Mapping[str, State]) -> str:
        """Write the last report; what came of it, for persons."""
        try:
            self._write(states)
            if self._results and not self._reports.is_on(self._results):
                self._screen.say("Writing the report ...")
            return self._reports.finish(self._results)
        except OSError as error:
            return f"No report: {diagnose_error(error)}"

    def _end(self, states: Mapping[str, State], interrupted: bool = False) -> None:
        for line in summary(self._graph, states, self._folder / snakemake.LOG, interrupted):
            self._screen.say(line)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Take SIGTERM, and the end of the terminal, as Ctrl-C; once, for the jobs are to be ended and none left behind."""

    def interrupt(*_: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    numbers = [signal.SIGINT, signal.SIGTERM]
    # Ignored under nohup, which is to be respected.
    numbers += [signal.SIGHUP] if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN else []
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
