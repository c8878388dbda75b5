"""The same function over many jobs, in this process or in several, with errors that say what happened."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def run_jobs(function: Callable[[Job], Result], jobs: Iterable[Job], processes: int) -> Iterator[Result]:
    """Results in the order in which they are ready.

    Processes are spawned, not forked, which is the same on every platform and safe with the threads of SimpleITK; so a
    script that asks for several must protect its main part by `if __name__ == "__main__":`. Jobs are drawn one by one,
    not much ahead of the work, so that a generator can let earlier results decide about later jobs.

    Args:
        function: importable by its name; it and the jobs are pickled.
        jobs: the jobs.
        processes: 1 works in this process.

    Raises:
        ValueError: if `processes` is not positive or a process ended before its job did.
    """
    require_positive(processes)
    if processes == 1:
        yield from map(function, jobs)
        return
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_start_worker)
    try:
        yield from _drain(pool, function, jobs, ahead=2 * processes)
    except BrokenProcessPool as error:
        raise ValueError(
            "a worker process ended before its work was done; most often the system killed it for lack of memory: "
            "run again with fewer processes, what is finished is kept"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def apart(function: Callable[[Job], Result], job: Job) -> Result:
    """What a function returns, from a process of its own: what it imports and holds is gone with that.

    Args:
        function: importable by its name; it, the job, its result and its errors are pickled.
        job: its argument.

    Raises:
        ValueError: if the process ended before its work was done, and what the function raises.
    """
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(function, job, there))
    process.start()
    there.close()
    try:
        error, result = here.recv()
    except EOFError:
        process.join()
        raise ValueError(
            f"a process ended before its work was done (exit code {process.exitcode}); if it says nothing, most often "
            "the system killed it for lack of memory"
        ) from None
    finally:
        process.kill()
        process.join()
    if error is not None:
        raise error
    return result


def require_positive(processes: int) -> None:
    """Refuse a number of processes that is none; for callers that write something before there are jobs.

    Raises:
        ValueError: if it is not positive.
    """
    if processes < 1:
        raise ValueError(f"processes: expected at least 1, got {processes}")


def _drain(
    pool: ProcessPoolExecutor, function: Callable[[Job], Result], jobs: Iterable[Job], ahead: int
) -> Iterator[Result]:
    pending: set[Future[Result]] = set()
    for job in jobs:
        pending.add(pool.submit(function, job))
        if len(pending) >= ahead:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in done)


def _answer(function: Callable[[Job], Result], job: Job, there: Connection) -> None:
    _start_worker()
    try:
        answer = (None, function(job))
    except (ValueError, OSError, NotImplementedError) as error:
        # Of any other error the traceback is shown here.
        answer = (error, None)
    there.send(answer)


def _start_worker() -> None:
    # An interruption is the main process's to handle; and a worker whose main process was killed must not linger.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
