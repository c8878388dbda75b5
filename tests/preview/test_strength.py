"""Strengths: from the end of a range that changes least to the one that changes most."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from nnunet_spine.preview.strength import measure_courses, ranges_of, settings_by_strength
from nnunet_spine.synth.ranges import Range, normal, uniform


@dataclass(frozen=True)
class Settings:
    """Ranges of all kinds."""

    WHOLE: ClassVar = ("count",)

    noise: Range = uniform(1, 3)
    cutoff: Range = uniform(0.2, 0.8)
    angle: Range = uniform(-10, 10)
    count: Range = uniform(1, 6)
    log_gamma: Range = normal(0, 0.5)
    level_spread: Range = uniform(-0.4, 0.4)
    idle: Range = uniform(0, 1)
    constant: Range = uniform(7)
    word: str = "a"
    weights: dict = field(default_factory=dict)


EFFECT = {
    "noise": lambda s: s.noise.a,
    "cutoff": lambda s: 1 / s.cutoff.a,
    "angle": lambda s: abs(s.angle.a),
    "count": lambda s: s.count.a,
    "log_gamma": lambda s: abs(s.log_gamma.a + 0.01),
    "level_spread": lambda s: s.level_spread.b - s.level_spread.a,
    "idle": lambda s: 1.0,
}


def test_only_what_can_vary_is_a_range():
    assert list(ranges_of(Settings())) == list(EFFECT)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("noise", (1.2, 2, 3)),
        ("cutoff", (0.74, 0.5, 0.2)),
        ("angle", (1, 5, 10)),
        ("count", (2, 4, 6)),
        ("log_gamma", (0.1, 0.5, 1)),
        ("level_spread", (0.04, 0.2, 0.4)),
    ],
)
def test_strength_leads_from_the_weak_to_the_strong_end(name: str, values: tuple[float, ...]):
    settings = Settings()
    ranges = {name: ranges_of(settings)[name]}
    courses = measure_courses(settings, ranges, EFFECT[name])
    found = list(settings_by_strength(settings, ranges, courses))
    assert [strength for strength, _, _ in found] == ["low", "middle", "high"]
    assert [shown[name] for _, shown, _ in found] == pytest.approx(values)
    for (_, _, at), value in zip(found, values, strict=True):
        assert getattr(at, name).b == pytest.approx(value)
        assert getattr(at, name).a == pytest.approx(-value if name == "level_spread" else value)
        assert at.constant == settings.constant


def test_a_count_is_never_weakest_between_its_ends():
    settings = Settings()
    ranges = {"count": ranges_of(settings)["count"]}
    courses = measure_courses(settings, ranges, lambda s: (s.count.a - 3) ** 2)
    assert (courses["count"].weak, courses["count"].strong) == (1, 6)


def test_what_makes_no_difference_is_not_shown_and_stays_in_its_middle():
    settings = Settings()
    ranges = ranges_of(settings)
    courses = measure_courses(settings, ranges, lambda s: s.noise.a)
    assert list(courses) == ["noise"]
    for _, shown, at in settings_by_strength(settings, ranges, courses):
        assert list(shown) == ["noise"]
        assert at.idle == uniform(0.5)
