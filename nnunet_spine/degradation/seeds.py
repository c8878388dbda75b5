"""Random numbers that depend on what they are for, not on when they are drawn."""

from __future__ import annotations

import hashlib

import numpy as np


def generator_of(seed: int, condition: str, case: str, channel: str) -> np.random.Generator:
    """Random numbers of one condition for one image.

    The level is no part of it: the same pattern grows with the level, so that the images of a curve are pairs. Neither
    is the order of cases nor the number of processes.
    """
    digest = hashlib.sha256(f"{seed}/{condition}/{case}/{channel}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
