"""Locks that outlive their process: the commands that it started inherit them, and hold them as long as one lives."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_PAUSE_S = 0.5


@contextlib.contextmanager
def any_of(paths: Sequence[Path], on_wait: Callable[[], None]) -> Iterator[tuple[int, Path]]:
    """Hold the first of some lock files that is free, waiting for one.

    The files stay where they are: one that is removed and made anew would be two locks.

    Args:
        paths: the lock files; folders are made.
        on_wait: called once, if none is free at first.

    Yields:
        The descriptor of the lock, to be handed to commands, and its file.
    """
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
    waited = False
    while not (found := _first_free(paths)):
        if not waited:
            on_wait()
            waited = True
        time.sleep(_PAUSE_S)
    try:
        yield found
    finally:
        # Closed and not unlocked, which would take it from the commands too.
        os.close(found[0])


def is_held(path: Path) -> bool:
    """Whether some process holds a lock file."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _locked(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _first_free(paths: Sequence[Path]) -> tuple[int, Path] | None:
    for path in paths:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if _locked(handle, fcntl.LOCK_EX):
            return handle, path
        os.close(handle)
    return None


def _locked(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
