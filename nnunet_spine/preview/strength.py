"""Settings at a low, a middle and a high strength: every range becomes a number.

Which end of a range is the strong one is not written anywhere, and differs: more noise is stronger, a higher cutoff is
weaker, and a rotation is weakest between its ends. So it is measured, one range at a time: the strong end is where the
image changes most. A spread, which is about how different draws are, is made narrower instead of a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from nnunet_spine.synth.ranges import Range, uniform

STRENGTHS = {"low": 0.1, "middle": 0.5, "high": 1.0}
"""How far from the weak to the strong end of a range."""

_DEVIATIONS = 2
"""Deviations between the mean and the strong end of a normal law."""


@dataclass(frozen=True)
class Course:
    """Where a number goes from, at no strength, and to, at high strength; by equal factors if it is of a logarithm."""

    weak: float
    strong: float
    logarithmic: bool = False

    def at(self, strength: float) -> float:
        """Its value at a strength from 0 to 1."""
        if self.logarithmic:
            return self.weak * (self.strong / self.weak) ** strength
        return self.weak + strength * (self.strong - self.weak)


_DECIDEDLY = 1.5
"""Ratio of changes from which one counts as larger."""


def ranges_of(settings: Any) -> dict[str, Range]:
    """The ranges of a step's settings that are more than a number, by name."""
    found = {item.name: getattr(settings, item.name) for item in fields(settings)}
    ranges = {name: value for name, value in found.items() if isinstance(value, Range)}
    return {name: law for name, law in ranges.items() if len(set(_ends(name, law))) > 1}


def with_values(settings: Any, values: Mapping[str, float]) -> Any:
    """The settings with some of their ranges replaced by numbers, whole ones where they have to be."""
    whole = getattr(settings, "WHOLE", ())
    numbers = {name: float(round(value)) if name in whole else value for name, value in values.items()}
    laws = {name: uniform(-value, value) if _is_spread(name) else uniform(value) for name, value in numbers.items()}
    return replace(settings, **laws)


def measure_courses(settings: Any, ranges: Mapping[str, Range], change: Callable[[Any], float]) -> dict[str, Course]:
    """The course of every range that makes a difference.

    Args:
        settings: of the step.
        ranges: those to look at.
        change: how much the image with given settings differs from the one without the step.
    """
    middle = _middles(ranges)
    counts = getattr(settings, "WHOLE", ())
    courses = {}
    for name, law in ranges.items():
        changes = {end: change(with_values(settings, {**middle, name: end})) for end in _ends(name, law)}
        if len(set(changes.values())) > 1:
            ends = _weak_and_strong(_ends(name, law), changes, name in counts)
            courses[name] = Course(*ends, logarithmic=law.law == "log_uniform")
    return courses


def settings_by_strength(
    settings: Any, ranges: Mapping[str, Range], courses: Mapping[str, Course]
) -> Iterator[tuple[str, dict[str, float], Any]]:
    """Name of each strength, the values of what makes a difference, and the settings with the ranges as numbers."""
    for name, strength in STRENGTHS.items():
        values = {key: course.at(strength) for key, course in courses.items()}
        numbers = with_values(settings, _middles(ranges) | values)
        yield name, {key: getattr(numbers, key).b for key in courses}, numbers


def _middles(ranges: Mapping[str, Range]) -> dict[str, float]:
    return {name: _ends(name, law)[1] for name, law in ranges.items()}


def _is_spread(name: str) -> bool:
    return name.endswith("_spread")


def _ends(name: str, law: Range) -> tuple[float, float, float]:
    """Lowest, middle and highest value."""
    if _is_spread(name):
        widest = max(abs(law.a), abs(law.b))
        return 0.0, widest / 2, widest
    if law.law == "normal":
        return law.a - _DEVIATIONS * law.b, law.a, law.a + _DEVIATIONS * law.b
    if law.law == "log_uniform":
        return law.a, (law.a * law.b) ** 0.5, law.b
    return law.a, (law.a + law.b) / 2, law.b


def _weak_and_strong(
    ends: tuple[float, float, float], changes: Mapping[float, float], is_count: bool
) -> tuple[float, float]:
    """The higher end is the strong one unless the other one decidedly is, since ranges also act on each other."""
    low, middle, high = ends
    strong = low if changes[low] > _DECIDEDLY * changes[high] else high
    opposite = high if strong == low else low
    # A range that is strong at both ends is weakest between them; a count is not, however it looks with one seed.
    return (middle if not is_count and _DECIDEDLY * changes[middle] < changes[opposite] else opposite), strong
