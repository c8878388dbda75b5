"""Processes that are forked end with the one that forked them, and let go of its locks."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nnunet_spine.steps.processes import LOCKS

PARENT = """
import os, time
from nnunet_spine.steps.processes import end_forks_with_this_process
end_forks_with_this_process()
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(60)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks end with their parent on Linux alone")


def test_a_killed_parent_leaves_no_process_and_no_lock_behind(tmp_path: Path):
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        env={**os.environ, LOCKS: str(lock)},
        pass_fds=[lock],
        stdout=subprocess.PIPE,
        text=True,
    )
    os.close(lock)
    child = int(parent.stdout.readline())
    assert not is_free(tmp_path / "lock")
    wait_until(lambda: str(tmp_path / "lock") not in open_files(child), "the lock is let go of")
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert is_free(tmp_path / "lock")
    wait_until(lambda: has_ended(child), "the process that was forked ends")


def is_free(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def open_files(process: int) -> list[str]:
    return [os.readlink(link) for link in Path(f"/proc/{process}/fd").iterdir() if link.exists()]


def has_ended(process: int) -> bool:
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or ") Z" in state.read_text()


def wait_until(holds: Callable[[], bool], what: str) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail(f"expected that {what}, it does not")
