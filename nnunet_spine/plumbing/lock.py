"""One writer at a time, by a lock that dies with its process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where a second run at the same time is not guarded against.
    fcntl = None


@contextlib.contextmanager
def exclusive(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file for the duration of the block; it is gone afterwards.

    Args:
        path: the lock file. One that a killed process left is taken over.
        what: what is locked, for the message.

    Raises:
        ValueError: if another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = _acquire(path, what)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _acquire(path: Path, what: str) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise ValueError(f"another process is working on {what}; wait for it to end") from None
        # Whoever held the lock may have removed the file between our opening and our locking it: then ours is no lock.
        if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
            return handle
        os.close(handle)
