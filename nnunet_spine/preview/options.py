"""What a preview may be asked to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnunet_spine.preview.slices import PLANES
from nnunet_spine.synth import SynthConfig


@dataclass(frozen=True)
class PreviewOptions:
    """Choices of a preview.

    Attributes:
        config: settings of the generator.
        cases: names of the cases; None for a few of the data set.
        columns: synthetic images of every case.
        seed: of everything random.
        plane: `sagittal`, `coronal` or `axial`; None for that of the best resolution.
        slice: number of the slice, from 0; None for the middle of the labels.
    """

    config: SynthConfig
    cases: Sequence[str] | None = None
    columns: int = 6
    seed: int = 0
    plane: str | None = None
    slice: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a choice that does not exist."""
        for name, value, least in (("columns", self.columns, 1), ("seed", self.seed, 0), ("slice", self.slice or 0, 0)):
            if value < least:
                raise ValueError(f"{name}: expected {least} or more, got {value}")
        if self.plane is not None and self.plane not in PLANES:
            raise ValueError(f"plane: expected one of {', '.join(PLANES)}, got {self.plane!r}")
