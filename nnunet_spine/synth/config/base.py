"""What all settings share: they refuse what cannot be, naming the key, the value and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from nnunet_spine.synth.ranges import Range

_MOST_OF_LOGARITHMS = 5
"""Factors of 150, or 1 in 150: what is beyond is no image any more, and soon not even a finite number."""


class Checked:
    """Settings that refuse what cannot be.

    Attributes:
        POSITIVE: names of the numbers and ranges that have to be above 0.
        NOT_NEGATIVE: names of the ranges whose lower end or mean has to be 0 or more.
        SHARES: names of the numbers and ranges that have to be between 0 and 1.
        LOGARITHMS: names of the ranges whose exponential is taken.
        WHOLE: names of the ranges that have to be between whole numbers.
        CHOICES: names of the words, and what each may be.
        MOST: largest size of a number: of lengths within a scanner in mm, angles, and counts. What is larger would
            overflow, or take forever.
    """

    POSITIVE: ClassVar[tuple[str, ...]] = ()
    NOT_NEGATIVE: ClassVar[tuple[str, ...]] = ()
    SHARES: ClassVar[tuple[str, ...]] = ()
    LOGARITHMS: ClassVar[tuple[str, ...]] = ()
    WHOLE: ClassVar[tuple[str, ...]] = ()
    CHOICES: ClassVar[dict[str, tuple[str, ...]]] = {}
    MOST: ClassVar[float] = 1000

    def __post_init__(self) -> None:
        for name in self.SHARES:
            low, high = _ends(self._bounded(name))
            self._expect(low >= 0 and high <= 1, name, "0 to 1")
        for name in self.POSITIVE:
            self._expect(_ends(self._bounded(name))[0] > 0, name, "more than 0")
        for name in self.NOT_NEGATIVE:
            self._expect(_ends(getattr(self, name))[0] >= 0, name, "0 or more")
        for name in self.WHOLE:
            self._expect(_is_whole(self._bounded(name)), name, "whole numbers, in a uniform law")
        for name, choices in self.CHOICES.items():
            self._expect(getattr(self, name) in choices, name, f"one of {', '.join(choices)}")
        for item in fields(self):
            most = _MOST_OF_LOGARITHMS if item.name in self.LOGARITHMS else self.MOST
            self._expect(_largest(getattr(self, item.name)) <= most, item.name, f"{-most:g} to {most:g}")

    def _bounded(self, name: str) -> Range | float:
        """A value whose ends say all that can be drawn."""
        value = getattr(self, name)
        self._expect(not isinstance(value, Range) or value.has_ends, name, "a law with ends")
        return value

    def _expect(self, holds: bool, name: str, expected: str) -> None:
        if not holds:
            raise ValueError(f"{type(self).__name__}.{name}: expected {expected}, got {getattr(self, name)}")


@dataclass(frozen=True)
class Step(Checked):
    """A step of the recipe.

    Attributes:
        probability: share of the samples that the step happens to.
    """

    SHARES: ClassVar = ("probability",)

    probability: float = 1.0


def _largest(value: object) -> float:
    """The larger number of a law by its size, or the number; 0 for what is none."""
    return max(map(abs, _ends(value))) if isinstance(value, Range | float | int) else 0.0


def _is_whole(value: Range | float) -> bool:
    """Whether all that can be drawn are whole numbers."""
    law = value.law if isinstance(value, Range) else "uniform"
    return law == "uniform" and not any(end % 1 for end in _ends(value))


def _ends(value: Range | float) -> tuple[float, float]:
    return (value.a, value.b) if isinstance(value, Range) else (value, value)
