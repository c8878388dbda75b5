"""Where progress is shown: a block that is drawn anew on a terminal, lines elsewhere."""

from __future__ import annotations

import os
import shutil
import time
from typing import TextIO

from nnunet_spine.experiments.engine.progress import View

QUIET_S = 600.0
"""Longest time without a line where there is no terminal."""

_PAUSE_S = 5.0


class Screen:
    """Shows views of a run.

    Args:
        output: that it writes to.
    """

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._drawn = 0
        self._shown: object = None
        self._failed: set[str] = set()
        self._moment = -QUIET_S

    def show(self, view: View, note: str = "") -> None:
        """Show a view, and a note below it, where it differs from what is shown."""
        if self._output.isatty():
            self._draw([*view.lines(), *([f"  {note}"] if note else [])])
        else:
            self._add(view)

    def say(self, text: str) -> None:
        """Write a line that stays."""
        self._erase()
        self._write(f"{text}\n")

    def _draw(self, lines: list[str]) -> None:
        size = shutil.get_terminal_size()
        most = max(3, size.lines - 2)
        if len(lines) > most:
            lines = [*lines[: most - 1], f"  ... and {len(lines) - most + 1} lines more"]
        self._erase()
        self._write("".join(f"{line[: size.columns - 1]}\n" for line in lines))
        self._drawn = len(lines)

    def _erase(self) -> None:
        if self._drawn:
            self._write(f"\x1b[{self._drawn}F\x1b[J")
        self._drawn = 0

    def _add(self, view: View) -> None:
        """What is new; a line a second would fill files."""
        quiet = time.monotonic() - self._moment
        failed = view.failed()
        changed = view.counts != self._shown and quiet >= _PAUSE_S
        if not (changed or quiet >= QUIET_S or set(failed) - self._failed):
            return
        new = [line for line in failed if line not in self._failed]
        trainings = [f"  {line}" for line in view.running()] if quiet >= QUIET_S else []
        stamp = time.strftime("%H:%M:%S")
        self._write("".join(f"{line}\n" for line in (f"{stamp} {view.headline()}", *trainings, *new)))
        self._shown, self._moment, self._failed = view.counts, time.monotonic(), set(failed)

    def _write(self, text: str) -> None:
        try:
            self._output.write(text)
            self._output.flush()
        except BrokenPipeError:
            # Whoever read it has ended, such as `head`; that is no reason to end the work. What could not be written
            # would be tried again at the end of the process.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._output.fileno())
            os.close(nowhere)
