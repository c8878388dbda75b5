"""Running a graph from start to end, whatever happens to its jobs."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from nnunet_spine.experiments.engine import snakemake
from nnunet_spine.experiments.engine.machine import on_this_machine, trainings_at_a_time
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.engine.progress import Viewer
from nnunet_spine.experiments.engine.reports import Reports, report_line
from nnunet_spine.experiments.engine.results import gather_results
from nnunet_spine.experiments.engine.screen import Screen
from nnunet_spine.experiments.engine.states import State, Watch
from nnunet_spine.experiments.engine.summary import summary
from nnunet_spine.experiments.engine.table import write_table
from nnunet_spine.experiments.job.diagnosis import diagnose_error
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace
from nnunet_spine.plumbing.files import make_writable
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.stopping import interruptible

LOCK, TABLE = "lock", "jobs.csv"
"""In the folder of an experiment."""

INTERRUPTED = 130

_LOOK_S = 1.0
_PAUSE_OF_LOOK = 10


def run_graph(graph: Graph, options: RunOptions, output: TextIO | None = None, reports: Reports | None = None) -> int:
    """Make every node that is not made yet, show how it goes, and report on the results.

    Args:
        graph: what is made.
        options: where and how.
        output: what is shown goes there; by default to where print writes.
        reports: that are written as results come.

    Returns:
        0 if all is made, 1 if something failed, 130 if it was interrupted.

    Raises:
        ValueError: if Snakemake or SLURM is missing, another process runs the same experiment, or the workspace takes
            no files.
    """
    snakemake.require_engine(options.slurm)
    if refused := _refusal(graph.workspace):
        raise ValueError(refused)
    folder = Workspace(graph.workspace).experiment(graph.experiment)
    graph = on_this_machine(graph, options)
    with exclusive(folder / LOCK, f"experiment {graph.experiment} in {graph.workspace} (--status shows how it goes)"):
        return _Run(graph, folder, options, Screen(output or sys.stdout), reports or Reports(graph)).run()


class _Run:
    """One run of a graph, by whoever holds the experiment's lock."""

    def __init__(self, graph: Graph, folder: Path, options: RunOptions, screen: Screen, reports: Reports) -> None:
        self._graph, self._folder, self._options = graph, folder, options
        self._screen, self._reports = screen, reports
        self._watch, self._viewer = Watch(graph), Viewer(graph)
        self._seen: dict[str, State] = {}
        self._results: Mapping[Path, str] = {}

    def run(self) -> int:
        self._watch.forget_attempts()
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
            if report := report_line(self._graph):
                self._screen.say(report)
            self._end(states, interrupted=True)
            return INTERRUPTED
        self._end(states)
        return 0 if all(state.status == "done" for state in states.values()) else 1

    def _make(self) -> None:
        """Run Snakemake as long as that makes something.

        Once is enough but for batches on a cluster: if one of a batch fails, Snakemake leaves what needs the others.
        """
        states = self._watch.look()
        targets = [id_ for id_, state in states.items() if state.status != "done"]
        for line in trainings_at_a_time(self._graph, self._options, targets):
            self._screen.say(line)
        self._prepare(states, targets)
        while targets:
            self._run_snakemake()
            states = self._watch.look()
            left = [id_ for id_, state in states.items() if state.status == "waiting"]
            if not 0 < len(left) < len(targets):
                return
            targets = left
            self._prepare(states, targets)

    def _prepare(self, states: Mapping[str, State], targets: Sequence[str]) -> None:
        made = [id_ for id_, state in states.items() if state.status == "done"]
        snakemake.prepare(self._graph, self._options, targets, made)

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
        # A log that cannot be read, or a full disk below what is shown, ends nothing either.
        with contextlib.suppress(OSError):
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
        left = any(state.status != "done" for state in states.values())
        if left and not interrupted and (refused := _refusal(self._graph.workspace)):
            self._screen.say(refused)


def _refusal(workspace: Path) -> str:
    """Why nothing can be written there, such as a full disk, which leaves jobs no place to say so; empty if it can."""
    try:
        make_writable(workspace)
    except OSError as error:
        return f"{workspace} takes no files: {diagnose_error(error)}"
    return ""
