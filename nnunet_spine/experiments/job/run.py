"""One node from lock to `done`."""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from nnunet_spine.experiments.job.command import run_command
from nnunet_spine.experiments.job.device import Device, allotted
from nnunet_spine.experiments.job.diagnosis import diagnose, diagnose_error
from nnunet_spine.experiments.job.environment import environment_of, words_of
from nnunet_spine.experiments.job.locks import any_of
from nnunet_spine.experiments.job.records import (
    failed_by_itself,
    is_done,
    now,
    write_done,
    write_failed,
    write_group,
    write_running,
)
from nnunet_spine.experiments.job.stopping import Stopped, Stopping
from nnunet_spine.experiments.nodes import ON_A_DEVICE, Graph, Node
from nnunet_spine.experiments.workspace import NodeFolder, Workspace
from nnunet_spine.plumbing.files import write_text

_TAIL = 20_000


class FailedError(Exception):
    """A node could not be made.

    Attributes:
        code: exit code of what failed.
    """

    def __init__(self, cause: str, code: int = 1) -> None:
        super().__init__(cause)
        self.code = code


@dataclass(frozen=True)
class Job:
    """A node and what is there to make it.

    Attributes:
        node: what is made.
        folder: where.
        cores: that its commands may use.
        gpus: as `allotted` takes them.
        attempt: counted from 1 by who runs it again and again.
    """

    node: Node
    folder: NodeFolder
    cores: int
    gpus: str
    attempt: int = 1
    stopping: Stopping = field(default_factory=Stopping)


def run_node(graph: Graph, id_: str, cores: int, gpus: str, attempt: int = 1) -> int:
    """Make a node, unless it is made; if another process makes it, wait for that.

    Args:
        graph: that it is in.
        id_: its id.
        cores: that its commands may use.
        gpus: numbers with commas, `none` or `given`.
        attempt: counted from 1; after the first, a node that failed by itself is left as it is.

    Returns:
        0 if it is made, 128 and the signal's number if this process was told to stop, 1 if it failed.
    """
    workspace = Workspace(graph.workspace)
    job = Job(graph.nodes[id_], workspace.node(id_), cores, gpus, attempt)
    try:
        return _made(job)
    except Stopped as stop:
        return 128 + stop.signal
    except OSError as error:
        # Such as a full disk that takes no log and no record; the engine's log is elsewhere perhaps.
        print(f"{job.node.title}: {diagnose_error(error)}", file=sys.stderr)
        return 1


def _made(job: Job) -> int:
    job.folder.folder.mkdir(parents=True, exist_ok=True)
    with job.folder.log.open("ab", buffering=0) as log:

        def say(text: str) -> None:
            log.write(f"[{now()}] {text}\n".encode())

        def wait() -> None:
            say(f"process {os.getpid()} on {socket.gethostname()} waits for another one that makes this node")

        with any_of([job.folder.lock], wait) as (lock, _):
            if is_done(job.folder):
                return 0
            if job.attempt > 1 and failed_by_itself(job.folder):
                return 1
            for earlier in (job.folder.failed, job.folder.running):
                earlier.unlink(missing_ok=True)
            needed = job.node.kind in ON_A_DEVICE
            with allotted(job.gpus, needed, lambda: say("waits for a free GPU")) as device:
                say(f"{job.node.title}: on {socket.gethostname()}, {device.name}, {job.cores} cores")
                return _attempted(job, device, (lock, *device.locks), log)


def _attempted(job: Job, device: Device, locks: tuple[int, ...], log: BinaryIO) -> int:
    """Run the commands, and write down how that ended."""
    begun = time.monotonic()
    with _running(job.folder, device):
        try:
            _run_commands(job, device, locks, log)
            _require_results(job.node)
            write_done(job.folder, time.monotonic() - begun)
        except Stopped as stop:
            write_failed(job.folder, f"told to stop ({stop})", 128 + stop.signal, stopped=True)
            raise
        except (FailedError, OSError) as error:
            cause = diagnose_error(error) if isinstance(error, OSError) else str(error)
            code = getattr(error, "code", 1)
            log.write(f"[{now()}] failed: {cause}\n".encode())
            write_failed(job.folder, cause, code)
            return 1
    return 0


@contextlib.contextmanager
def _running(folder: NodeFolder, device: Device) -> Iterator[None]:
    write_running(folder, device.name)
    try:
        yield
    finally:
        folder.running.unlink(missing_ok=True)


def _run_commands(job: Job, device: Device, locks: tuple[int, ...], log: BinaryIO) -> None:
    write_files(job.node)
    for command in job.node.commands:
        words = words_of(command, device, job.cores)
        variables = environment_of(command, device, job.cores, locks)
        log.write(f"[{now()}] $ {shlex.join(words)}\n".encode())
        before = job.folder.log.stat().st_size
        on_start = partial(write_group, job.folder)
        code = run_command(words, variables, job.folder.folder, log, locks, job.stopping, on_start)
        if code:
            raise FailedError(diagnose(code, _tail(job.folder.log, before)), code)


def write_files(node: Node) -> None:
    """Write the files that a node's commands read."""
    for name, text in node.files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write_text(Path(name), text)


def _tail(path: Path, before: int) -> str:
    """The end of a log, from a position on."""
    with path.open("rb") as file:
        file.seek(max(before, path.stat().st_size - _TAIL))
        return file.read().decode(errors="replace")


def _require_results(node: Node) -> None:
    missing = [name for name in node.results if not Path(name).exists()]
    if missing:
        raise FailedError(f"its commands ended well, but did not make {', '.join(missing)}")
