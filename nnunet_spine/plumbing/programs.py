"""Console commands as those of the environment that this process runs in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def of_this_environment(command: Sequence[str]) -> list[str]:
    """The command with the program beside this interpreter, whether or not it is on the PATH."""
    program, *arguments = command
    beside = Path(sys.executable).parent / program
    return [str(beside) if beside.exists() else program, *arguments]
