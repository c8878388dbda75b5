"""Colours, markers and line styles of arms: every arm has its own, the same in every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnunet_spine.comparison.figures.arm_names import short_names
from nnunet_spine.figure_style import COLOURS, LINES, MARKERS


@dataclass(frozen=True)
class ArmStyle:
    """How an arm is drawn, the same in every figure.

    Attributes:
        name: its short name.
        colour: of lines, boxes and points.
        marker: of points.
        line: style of lines.
    """

    name: str
    colour: str
    marker: str
    line: Any


def arm_styles(arms: Sequence[str]) -> dict[str, ArmStyle]:
    """The style of every arm, by its full name; no two of the first 64 have colour and marker in common."""
    n = len(COLOURS)
    return {
        arm: ArmStyle(short, COLOURS[i % n], MARKERS[(i + i // n) % n], LINES[(i + i // n) % n])
        for i, (arm, short) in enumerate(short_names(arms).items())
    }
