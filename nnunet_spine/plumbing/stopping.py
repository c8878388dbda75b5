"""Signals that tell a process to stop, taken as Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
"""Windows lacks the last."""


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Take SIGTERM, and the end of the terminal, as Ctrl-C; once, so that what has begun can be cleaned up.

    Only for the main thread of a process, which alone is told of signals.
    """

    def interrupt(*_: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    there = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    # What is ignored, as under nohup, stays so; None is a handler that Python cannot put back.
    before = {one: was for one in there if (was := signal.getsignal(one)) not in (None, signal.SIG_IGN)}
    try:
        for number in before:
            signal.signal(number, interrupt)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
