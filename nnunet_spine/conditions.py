"""The ways in which test images are made worse: what a level of each means, for whoever makes, scores or draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """What a level means.

    Attributes:
        unit: of the level, in words.
        neutral: the level that changes nothing.
    """

    unit: str
    neutral: float


_COARSER = Scale("times the voxel", 1.0)

SCALES: Mapping[str, Scale] = {
    "resolution": _COARSER,
    "slice thickness": _COARSER,
    "voxel size": _COARSER,
    "noise": Scale("share of the signal of tissue", 0.0),
    "bias": Scale("range of the field by its middle", 0.0),
    "motion": Scale("mm", 0.0),
    "gamma": Scale("exponent", 1.0),
}
"""Scale of every condition by its name, under which results carry it."""
