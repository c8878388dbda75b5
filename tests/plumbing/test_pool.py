"""Several processes and several runs: errors that say what happened, locks that die with their process."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path

import pytest

from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.pool import apart, run_jobs


@pytest.mark.parametrize("processes", [1, 2])
def test_every_job_is_done(processes: int):
    assert sorted(run_jobs(math.sqrt, [0, 1, 4, 9, 16], processes)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("processes", [1, 2])
def test_errors_arrive(processes: int):
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        list(run_jobs(math.sqrt, [4, -1], processes))


def test_jobs_are_drawn_as_they_are_needed():
    drawn = []

    def jobs() -> Iterator[int]:
        for k in range(50):
            drawn.append(k)
            yield k

    results = run_jobs(math.sqrt, jobs(), 2)
    next(results)
    assert len(drawn) <= 5
    results.close()


def test_a_killed_worker_is_told():
    with pytest.raises(ValueError, match="a worker process ended before its work was done"):
        list(run_jobs(os._exit, [1, 1, 1], 2))


ORPHANS = """
import os, time
from nnunet_spine.plumbing.pool import apart, run_jobs
if __name__ == "__main__":
    list(run_jobs(time.sleep, [60] * 4, 2))
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are listed by /proc")
def test_workers_end_with_a_killed_main_process(tmp_path: Path):
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    run = subprocess.Popen([sys.executable, str(script)])
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    try:
        workers = _wait_for(lambda: len(children.read_text().split()) == 3 and children.read_text().split())
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert _wait_for(lambda: not any(_alive(int(pid)) for pid in workers))


def _alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def _wait_for(condition, seconds: float = 20):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_a_process_apart_answers_raises_and_is_gone():
    assert apart(math.sqrt, 9) == 3
    assert apart(_process_id, None) != os.getpid()
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        apart(math.sqrt, -1)
    with pytest.raises(InvalidInputError, match="no: 1 problem") as caught:
        apart(_refuse, "that")
    assert caught.value.problems == (Problem("here", "that"),)
    assert not active_children()


def test_a_process_apart_that_ends_early_is_noticed():
    with pytest.raises(ValueError, match=r"ended before its work was done \(exit code 7\)"):
        apart(os._exit, 7)


def _process_id(_: None) -> int:
    return os.getpid()


def _refuse(what: str) -> None:
    raise InvalidInputError("no", [Problem("here", what)])


def test_a_lock_excludes_others_and_leaves_no_file(tmp_path: Path):
    path = tmp_path / "raw" / ".lock"
    with exclusive(path, "data set 501"):
        with (
            pytest.raises(ValueError, match="another process is working on data set 501"),
            exclusive(path, "data set 501"),
        ):
            pass
        assert path.exists()
    assert not path.exists()
    with exclusive(path, "data set 501"):
        pass


def test_a_lock_dies_with_its_process(tmp_path: Path):
    path = tmp_path / ".lock"
    code = (
        "import os, sys; from pathlib import Path; from nnunet_spine.plumbing.lock import exclusive\n"
        "with exclusive(Path(sys.argv[1]), 'it'): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == -signal.SIGKILL
    assert path.exists()
    with exclusive(path, "it"):
        pass
    assert not path.exists()
