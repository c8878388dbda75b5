"""Checks of what losses are made with."""

from __future__ import annotations

import math


def not_negative(**numbers: float) -> None:
    """Refuse numbers below 0, infinite ones and NaN.

    Raises:
        ValueError: naming the first of them.
    """
    for name, number in numbers.items():
        if not (math.isfinite(number) and number >= 0):
            raise ValueError(f"{name}: expected a number not below 0, got {number}")
