"""Texts of messages."""

from __future__ import annotations

from collections.abc import Sequence


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names with commas between, those beyond the first few as a number: `a, b and 3 more`."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def counted(number: int, noun: str) -> str:
    """A number of things: `1 image`, `2 images`."""
    return f"{number} {noun}{'s' * (number != 1)}"
