"""One condition at one level, applied to an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnunet_spine.dataset_conversion.volume import Grid, Volume
from nnunet_spine.degradation.conditions import CONDITIONS, IN_PLANE, THROUGH_PLANE, Condition, require_level
from nnunet_spine.degradation.scan import scan_of, slice_axis
from nnunet_spine.degradation.seeds import generator_of

_FEWEST = 2
"""Coarse voxels that an axis needs: of one there is nothing left to see."""


@dataclass(frozen=True)
class Degradation:
    """How images get worse.

    Attributes:
        condition: name of one of `CONDITIONS`.
        level: how much worse, in its unit.
        seed: of what is random.
    """

    condition: str
    level: float
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for what does not exist."""
        if self.condition not in CONDITIONS:
            raise ValueError(f"condition: expected one of {', '.join(CONDITIONS)}, got {self.condition!r}")
        if self.seed < 0:
            raise ValueError(f"seed: expected 0 or more, got {self.seed}")
        require_level(self.kind, self.level)

    @property
    def kind(self) -> Condition:
        """The condition."""
        return CONDITIONS[self.condition]

    @property
    def folder(self) -> str:
        """Name of the folder of its images, such as `resolution_2`."""
        return f"{self.condition.replace(' ', '_')}_{float(self.level)!r}".removesuffix(".0")

    @property
    def changes_nothing(self) -> bool:
        """Whether images stay as they are."""
        return self.level == self.kind.scale.neutral

    def record(self) -> dict[str, Any]:
        """All that the images depend on beside the source and this package, for JSON."""
        return {
            "condition": self.condition,
            "level": float(self.level),
            "unit": self.kind.scale.unit,
            "seed": self.seed if self.kind.random_by else None,
            "settings": dict(self.kind.settings),
        }

    def problem_with(self, grid: Grid) -> str | None:
        """Why images of this grid, with axes of the body, cannot get worse in this way; None where they can."""
        if self.changes_nothing:
            return None
        across = slice_axis(grid)
        for axis, size in enumerate(grid.shape):
            direction = THROUGH_PLANE if axis == across else IN_PLANE
            if direction in self.kind.coarser and size < _FEWEST * self.level:
                what = "slices" if axis == across else "voxels within the slice"
                least = _FEWEST * self.level
                return f"{self.condition} {self.level:g} needs {least:g} {what} and more, the image has {size}"
        return None

    def apply(self, volume: Volume, case: str, channel: str) -> Volume:
        """The degraded image, float32, on the grid of the source and in its order of axes.

        Args:
            volume: the image.
            case: its case, which the random numbers depend on.
            channel: its channel, which those of some conditions depend on.

        Raises:
            ValueError: for intensities that are not finite, are below 0, or are 0 everywhere.
        """
        if self.changes_nothing:
            return volume
        rng = generator_of(self.seed, self.condition, case, channel if self.kind.random_by == "channel" else "all")
        scan = scan_of(volume)
        return scan.as_stored(self.kind.act(scan, self.level, rng))
