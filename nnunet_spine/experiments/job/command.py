"""Running one command so that nothing of it is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from nnunet_spine.experiments.job.stopping import Stopping

GRACE_S = 10.0
"""How long what is told to stop may take, before it is killed."""

_PAUSE_S = 0.05


def run_command(
    words: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    output: BinaryIO,
    locks: Sequence[int],
    stopping: Stopping,
    on_start: Callable[[int], None] = lambda group: None,
) -> int:
    """Run a command and wait for it; whatever it started ends with it.

    It has a process group of its own, which is ended when the command has ended, and when this process is told to stop.
    If this process is killed, the command lives on, and the locks with it.

    Args:
        words: program and arguments.
        environment: all variables.
        folder: that it runs in.
        output: what it prints.
        locks: descriptors that it inherits.
        stopping: signals of this process.
        on_start: called with the number of the process group.

    Returns:
        Its exit code, that of a signal negative.

    Raises:
        OSError: if it cannot be started.
        Stopped: if this process is told to stop.
    """
    process = None
    try:
        with stopping.deferred():
            process = subprocess.Popen(
                words,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=locks,
            )
        on_start(process.pid)
        return process.wait()
    finally:
        if process is not None:
            _end_group(process)


def _end_group(process: subprocess.Popen) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + GRACE_S
        while _signalled(process, number) and time.monotonic() < deadline:
            # Asked once, then only looked at.
            number = 0
            time.sleep(_PAUSE_S)
        if not _signalled(process, 0):
            return


def _signalled(process: subprocess.Popen, number: int) -> bool:
    """Send a signal to all of a process's group, and say whether there is one; 0 only looks."""
    process.poll()
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # the latter on macOS, of a group that has ended
        return False
    return True
