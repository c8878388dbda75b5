"""From the measurements of many images to a prior for each sequence and tissue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnunet_spine.priors.case import Measurement
from nnunet_spine.priors.law import nearest_normal


@dataclass(frozen=True)
class TissueFit:
    """The prior of one tissue in one sequence, and what it was fitted to.

    Attributes:
        mean: mean and deviation of the normal law of the regions' means, which the generator clips to 0 to 1.
        std: the same of the deviations within the regions, which it clips at 0.
        images: number of images.
        means: (R,) the means that were fitted.
        density: histogram of the voxels over `case.BIN_EDGES`, every image with the same weight.
    """

    mean: tuple[float, float]
    std: tuple[float, float]
    images: int
    means: np.ndarray
    density: np.ndarray

    def as_json(self) -> dict[str, Any]:
        """The two laws as ranges of a settings file."""
        return {"mean": {"normal": list(self.mean)}, "std": {"normal": list(self.std)}}


Fits = Mapping[str, Mapping[str, TissueFit]]
"""A fit for each tissue of each sequence."""


def fit_measurements(measurements: Iterable[Measurement], order: Iterable[str]) -> dict[str, dict[str, TissueFit]]:
    """Fit every tissue of every sequence.

    Args:
        measurements: in any order of the images, on which the result does not depend.
        order: names of the tissues as they are to stand in the result.
    """
    grouped: dict[str, dict[str, list[Measurement]]] = defaultdict(lambda: defaultdict(list))
    for one in sorted(measurements, key=lambda one: (one.sequence, one.case)):
        grouped[one.sequence][one.tissue].append(one)
    names = tuple(order)
    return {
        sequence: {name: _fit_tissue(tissues[name]) for name in names if name in tissues}
        for sequence, tissues in grouped.items()
    }


def _fit_tissue(measurements: list[Measurement]) -> TissueFit:
    means = np.concatenate([one.means for one in measurements])
    return TissueFit(
        mean=nearest_normal(means, 0.0, 1.0),
        std=nearest_normal(np.concatenate([one.stds for one in measurements]), 0.0, np.inf),
        images=len({one.case for one in measurements}),
        means=means,
        density=np.mean([one.density for one in measurements], axis=0),
    )
