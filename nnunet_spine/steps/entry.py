"""How a step starts and ends as a program."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn


def run_as_program(step: Callable[[], None]) -> NoReturn:
    """Run a step and exit; what cannot be done ends with one message on stderr and exit code 2."""
    try:
        step()
    except (ValueError, NotImplementedError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0)
