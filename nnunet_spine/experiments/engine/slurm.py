"""Jobs as SLURM's: what Snakemake is told then, which small steps share a submission, what is in the queue already.

What Snakemake's plugin for SLURM leaves open is settled here (tried with version 2.8): it asks sacct wherever that is
installed, and where it does not answer, five times in a row, jobs are forgotten and waited for without end; and it does
not know what an earlier driver submitted.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from nnunet_spine.experiments.nodes import Graph, Kind
from nnunet_spine.yaml_files import read_yaml

SMALL: frozenset[Kind] = frozenset({"degrade", "average", "predict", "evaluate"})
"""Kinds of which several are one submission. Each still is a job with a lock and a log of its own."""

TRAININGS: frozenset[Kind] = frozenset({"train", "finetune"})

BATCH_HOURS, BATCH_NODES = 24.0, 50
"""What a batch may ask for at most, its members one after the other."""

SUBMISSIONS = 200
"""Of a kind, above which nodes that wait for different things share them."""

DEFAULTS: Mapping[str, str] = {
    # Submitted at the same time.
    "jobs": "200",
    # After a time limit, a node that failed, a preemption: trainings go on.
    "retries": "2",
    # Until what a job wrote is seen from here.
    "latency-wait": "60",
    # The queue is asked this often, until it answers: an hour.
    "slurm-status-attempts": "360",
    "max-status-checks-per-second": "0.1",
}
"""Options of Snakemake that neither a profile nor the command line says otherwise."""

_ID = re.compile(r"[a-z]+-[0-9a-f]{16}")


def require_slurm() -> None:
    """Refuse to submit without SLURM.

    Raises:
        ValueError: saying what is missing.
    """
    missing = [program for program in ("sbatch", "squeue", "scancel", "srun") if shutil.which(program) is None]
    if missing:
        raise ValueError(f"--slurm: {', '.join(missing)} not found; start it where jobs can be submitted")
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        raise ValueError('--slurm needs Snakemake\'s plugin, in a clone: pip install ".[experiments]"')


def slurm_options(graph: Graph, folder: Path, profile: Path | None, extra: Sequence[str]) -> list[str]:
    """Snakemake's options.

    Args:
        graph: that is run.
        folder: of the experiment.
        profile: folder with a profile of Snakemake, whose settings count before the defaults.
        extra: options that the user gives Snakemake, likewise.
    """
    said = _settings_of(profile) | {word[2:].split("=")[0] for word in extra if word.startswith("--")}
    words = ["--executor", "slurm", "--slurm-jobname-prefix", _name_of(graph.workspace)]
    words += ["--slurm-logdir", str(folder / "slurm"), "--slurm-status-command", _status_command()]
    words += [word for key, value in DEFAULTS.items() if key not in said for word in (f"--{key}", value)]
    return [*words, *sizes_of_batches(graph)]


def slurm_config(graph: Graph) -> dict[str, dict[str, str]]:
    """What the Snakefile reads: batches of small nodes, and sbatch's option for nodes that a job makes already."""
    earlier = {id_: f"--dependency=afterany:{':'.join(jobs)}" for id_, jobs in earlier_jobs(graph).items()}
    return {"batches": batches(graph), "earlier": earlier}


def batches(graph: Graph) -> dict[str, str]:
    """Name of the batch of each small node that shares a submission.

    A batch has nodes of one kind that wait for the same trainings, or if for none for the same data, so that none waits
    long for what it does not need. If a kind had too many submissions so, nodes are together as they come in the graph.
    It does not depend on what is done.
    """
    waits_for = _waits_for(graph)
    named = {}
    for kind in sorted(SMALL & {node.kind for node in graph.nodes.values()}):
        ids = [id_ for id_, node in graph.nodes.items() if node.kind == kind]
        size = max(1, min(BATCH_NODES, int(BATCH_HOURS / graph.needs[kind].hours)))
        alike: dict[frozenset[str], list[str]] = defaultdict(list)
        for id_ in ids:
            alike[waits_for[id_]].append(id_)
        each = [batch for members in alike.values() for batch in _chunks(members, size)]
        for batch in each if len(each) <= SUBMISSIONS else _chunks(ids, size):
            if len(batch) > 1:
                named |= dict.fromkeys(batch, f"{kind}-{_digest(batch)}")
    return named


def _chunks(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def sizes_of_batches(graph: Graph) -> list[str]:
    """Snakemake's option, without which every member of a batch would be one of its own."""
    sizes = Counter(batches(graph).values())
    return ["--group-components", *(f"{name}={size}" for name, size in sizes.items())] if sizes else []


def _waits_for(graph: Graph) -> dict[str, frozenset[str]]:
    """Of each node the nearest trainings, through small ones, or the nearest of what is not small if there are none."""
    nearest: dict[str, frozenset[str]] = {}
    for id_, node in graph.nodes.items():
        each = (nearest[need] if graph.nodes[need].kind in SMALL else frozenset({need}) for need in node.needs)
        nearest[id_] = frozenset().union(*each)
    trainings = frozenset(id_ for id_, node in graph.nodes.items() if node.kind in TRAININGS)
    return {id_: larger & trainings or larger for id_, larger in nearest.items()}


def earlier_jobs(graph: Graph) -> dict[str, list[str]]:
    """SLURM's ids of the jobs in the queue that make a node, for every node that has some.

    They were submitted by a driver that was killed, or by one of another experiment in the workspace. Who submits the
    node again waits for them in the queue, and not in front of the node's lock with a GPU that does nothing.
    """
    prefix, of_batch = _name_of(graph.workspace), batches(graph)
    found = defaultdict(list)
    for line in _ask("squeue", "--noheader", f"--user={os.getuid()}", "--format=%i|%j|%k").splitlines():
        job, name, comment = line.split("|", 2)
        if name.startswith(prefix):
            for id_ in _ID.findall(comment):
                found[id_].append(job)
    jobs = {id_: [*found[id_], *found[of_batch.get(id_, "")]] for id_ in graph.nodes}
    return {id_: waiting for id_, waiting in jobs.items() if waiting}


def _name_of(workspace: Path) -> str:
    """What the names of all jobs of a workspace begin with."""
    return f"nnunet-spine-{_digest([str(workspace.resolve())])[:8]}"


def _digest(words: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def _status_command() -> str:
    """Sacct where there is accounting, else squeue."""
    try:
        _ask("sacct", "--noheader", "--allocations")
    except ValueError:
        return "squeue"
    return "sacct"


def _ask(*words: str) -> str:
    try:
        return subprocess.run(words, check=True, text=True, capture_output=True, timeout=120).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValueError(f"--slurm: {error}") from error
    except subprocess.CalledProcessError as error:
        raise ValueError(f"--slurm: {words[0]} says: {error.stderr.strip()}") from error


def _settings_of(profile: Path | None) -> set[str]:
    files = sorted(profile.glob("config*.yaml")) if profile else []
    return {key for file in files for key in read_yaml(file)}
