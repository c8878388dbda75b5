"""Snakemake as a process: its command line, its start and its end."""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nnunet_spine.experiments.engine.machine import memory_mb
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.engine.slurm import require_slurm, slurm_config, slurm_options
from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace
from nnunet_spine.plumbing.files import write_text

GRAPH, CONFIG, LOG, MARKS = "graph.json", "config.json", "engine.log", "made"
"""In the folder of an experiment."""

STOP_S = 60.0
"""How long Snakemake may take to end its jobs; they have a grace period of their own."""

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def require_engine(slurm: bool) -> None:
    """Refuse to run without Snakemake, or without SLURM where that is asked for.

    Raises:
        ValueError: saying what is missing.
    """
    if slurm:
        require_slurm()
    missing = [name for name in ("snakemake", "pydantic") if importlib.util.find_spec(name) is None]
    if missing:
        hint = 'in a clone, pip install ".[experiments]"'
        old = "; Snakemake 9 needs Python 3.11" if sys.version_info < (3, 11) else ""
        raise ValueError(f"experiments need {' and '.join(missing)}: {hint}{old}")


def prepare(graph: Graph, options: RunOptions, targets: Sequence[str], made: Collection[str] = ()) -> None:
    """Write what Snakemake and the jobs read, with a mark for every node that is made and none for any other.

    Args:
        graph: that is run.
        options: where and how.
        targets: ids of nodes that are asked for.
        made: ids of nodes that are not to be made.
    """
    folder = Workspace(graph.workspace).experiment(graph.experiment)
    marks = folder / MARKS
    marks.mkdir(parents=True, exist_ok=True)
    graph.write(folder / GRAPH)
    config = {"graph": str(folder / GRAPH), "gpus": options.device_policy, "targets": list(targets)}
    config |= slurm_config(graph) if options.slurm else {}
    write_text(folder / CONFIG, json.dumps(config, indent=1))
    marked = {mark.name for mark in marks.iterdir()}
    for id_ in marked.difference(made):
        (marks / id_).unlink()
    for id_ in set(made) - marked:
        (marks / id_).touch()


def command(graph: Graph, options: RunOptions) -> list[str]:
    """Snakemake's command line.

    Incomplete outputs and its lock do not count: nodes have locks and marks of their own, which hold when everything
    was killed.

    Args:
        graph: that is run.
        options: where and how.
    """
    folder = Workspace(graph.workspace).experiment(graph.experiment)
    snakefile = Path(__file__).with_name("Snakefile")
    words = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), "--directory", str(folder)]
    words += ["--configfile", str(folder / CONFIG), "--keep-going", "--nolock", "--ignore-incomplete"]
    words += ["--drop-metadata", "--rerun-triggers", "mtime", "--scheduler", "greedy", "--nocolor"]
    words += ["--profile", str(options.profile)] if options.profile else []
    if options.slurm:
        return [*words, *slurm_options(graph, folder, options.profile, options.extra), *options.extra]
    return [*words, *_on_this_machine(options), *options.extra]


def _on_this_machine(options: RunOptions) -> list[str]:
    resources = [f"gpu={len(options.gpus)}", f"mem_mb={memory_mb()}"]
    return ["--cores", str(options.cores), "--resources", *resources]


@contextmanager
def running(words: list[str], log: Path) -> Iterator[subprocess.Popen]:
    """Snakemake for the duration of the block; if that ends before it, its jobs are told to stop.

    If this process is killed, Snakemake dies with it (on Linux), and its jobs go on, guarded by their locks.

    Args:
        words: its command line.
        log: file that its output is added to.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is this process's to handle.
            start_new_session=True,
            preexec_fn=_start_child(),
        )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen) -> None:
    """Interrupt Snakemake and its jobs and wait for them: a job gives its commands ten seconds and kills them then."""
    try:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _start_child() -> Callable[[], None]:
    # Loaded before the fork.
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def start() -> None:
        # Ignored in what shells start in the background; Snakemake ends its jobs by it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if libc:
            libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)

    return start
