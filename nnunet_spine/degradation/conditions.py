"""What can be done to an image, at which levels, and what a level means: one table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnunet_spine.conditions import SCALES, Scale
from nnunet_spine.degradation import bias, motion, noise, resolution
from nnunet_spine.degradation.contrast import other_contrast
from nnunet_spine.degradation.scan import Scan

IN_PLANE, THROUGH_PLANE = "in-plane", "through-plane"


@dataclass(frozen=True)
class Condition:
    """A way in which images get worse.

    Attributes:
        name: under which results carry it; its scale is `SCALES[name]`.
        expected: which levels there are, in words.
        allows: whether a finite level is one of them.
        act: (scan, level, random numbers) -> (X, Y, Z) degraded intensities.
        coarser: along which axes voxels get larger.
        random_by: what has random numbers of its own: a `case`, with all of its channels, or a `channel`; None where
            nothing is random.
        settings: what is fixed, for the record.
    """

    name: str
    expected: str
    allows: Callable[[float], bool]
    act: Callable[[Scan, float, np.random.Generator], np.ndarray]
    coarser: tuple[str, ...] = ()
    random_by: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scale(self) -> Scale:
        """What a level means."""
        return SCALES[self.name]


def _coarser(
    name: str, act: Callable[[Scan, float], np.ndarray], coarser: tuple[str, ...], **settings: Any
) -> Condition:
    return Condition(
        name,
        expected="1 or more",
        allows=lambda level: level >= 1,
        act=lambda scan, level, _: act(scan, level),
        coarser=coarser,
        settings=settings,
    )


_WINDOW = {"window": "Tukey", "taper": resolution.TAPER}
_SLICES = {"slice_profile": "box"}

CONDITIONS: Mapping[str, Condition] = {
    one.name: one
    for one in (
        _coarser("resolution", resolution.coarser_in_plane, (IN_PLANE,), **_WINDOW),
        _coarser("slice thickness", resolution.thicker_slices, (THROUGH_PLANE,), **_SLICES),
        _coarser("voxel size", resolution.coarser_voxels, (IN_PLANE, THROUGH_PLANE), **_WINDOW, **_SLICES),
        Condition(
            "noise",
            expected="0 or more",
            allows=lambda level: level >= 0,
            act=noise.add_noise,
            random_by="channel",
        ),
        Condition(
            "bias",
            expected="0 or more and less than 2",
            allows=lambda level: 0 <= level < 2,
            act=bias.uneven_sensitivity,
            random_by="case",
            settings={"waves": bias.WAVES, "wavelengths_mm": list(bias.WAVELENGTHS_MM)},
        ),
        Condition(
            "motion",
            expected="0 or more",
            allows=lambda level: level >= 0,
            act=motion.moving_patient,
            random_by="case",
            settings={"shots": motion.SHOTS},
        ),
        Condition(
            "gamma",
            expected="more than 0",
            allows=lambda level: level > 0,
            act=lambda scan, level, _: other_contrast(scan, level),
        ),
    )
}
"""Every condition by its name."""

RESOLUTION_OF_DIRECTION = {IN_PLANE: "resolution", THROUGH_PLANE: "slice thickness", "both": "voxel size"}
"""Name of the condition in which voxels get larger in a direction."""


def require_level(condition: Condition, level: float) -> None:
    """Refuse a level that a condition does not have.

    Raises:
        ValueError: saying which there are.
    """
    if not (math.isfinite(level) and condition.allows(level)):
        raise ValueError(f"{condition.name}: expected levels of {condition.expected}, got {level:g}")
