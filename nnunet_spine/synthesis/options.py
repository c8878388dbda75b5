"""What a synthetic data set may be asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnunet_spine import __version__
from nnunet_spine.synth import SynthConfig
from nnunet_spine.synth.config.plain import to_dict

DIMS = ("3d", "2d")


@dataclass(frozen=True)
class SynthesisOptions:
    """Choices that the content of the data set depends on.

    Attributes:
        config: settings of the generator.
        per_case: synthetic images of every case.
        dim: `3d` for a volume of one contrast, deformed as a whole; `2d` for slices that have nothing in common, each
            with a contrast, a deformation and artefacts of its own, for training in 2D only.
        seed: of everything random.
    """

    config: SynthConfig
    per_case: int = 1
    dim: str = "3d"
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for a choice that does not exist."""
        if self.per_case < 1:
            raise ValueError(f"images per case: expected at least 1, got {self.per_case}")
        if self.dim not in DIMS:
            raise ValueError(f"dim: expected {' or '.join(DIMS)}, got {self.dim!r}")
        if self.seed < 0:
            raise ValueError(f"seed: expected 0 or more, got {self.seed}")

    def record(self) -> dict[str, Any]:
        """All that the images depend on beside the source, for JSON."""
        return {
            "nnunet_spine": __version__,
            "per_case": self.per_case,
            "dim": self.dim,
            "seed": self.seed,
            "recipe": to_dict(self.config),
        }
