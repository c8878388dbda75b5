"""Signals that tell a process to stop, taken as Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Take SIGTERM, and the end of the terminal, as Ctrl-C; once, so that what has begun can be cleaned up.

    Only for the main thread of a process, which alone is told of signals.
    """

    def interrupt(*_: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    numbers = [signal.SIGINT, signal.SIGTERM]
    # Ignored under nohup, which is to be respected; Windows has none.
    hang_up = getattr(signal, "SIGHUP", None)
    numbers += [hang_up] if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN else []
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
