"""Processes that nnU-Net forks: they end with the one that forked them, and hold none of its locks.

nnU-Net's workers that load data wait for ever for a parent that was killed. A lock that they inherited would keep the
next attempt from starting.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

LOCKS = "NNUNET_SPINE_LOCK_FD"
"""Variable with the descriptors of inherited locks, with commas between."""

_PR_SET_PDEATHSIG = 1


def end_forks_with_this_process() -> None:
    """See to it for all processes that are forked from now on; what this one inherited it keeps."""
    if hasattr(os, "register_at_fork"):
        locks = [int(number) for number in os.environ.get(LOCKS, "").split(",") if number]
        os.register_at_fork(after_in_child=lambda: _after_fork(locks))


def _after_fork(locks: list[int]) -> None:
    for descriptor in locks:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
