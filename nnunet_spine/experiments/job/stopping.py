"""Signals that tell a process to stop, as an exception."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """This process was told to stop; no `Exception`, so that nothing swallows it.

    Attributes:
        signal: what it was told by.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.signal = signal.Signals(number)


class Stopping:
    """Raises `Stopped` at the first signal; what comes after it is ignored, so that it can be cleaned up."""

    def __init__(self) -> None:
        self._deferring = False
        self._came: int | None = None
        for number in SIGNALS:
            signal.signal(number, self._handle)

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Let a signal come only after the block, whose result would be lost otherwise."""
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False
        if self._came is not None:
            raise Stopped(self._came)

    def _handle(self, number: int, _: object) -> None:
        for every in SIGNALS:
            signal.signal(every, signal.SIG_IGN)
        self._came = number
        if not self._deferring:
            raise Stopped(number)
