"""What every metric is: its name, its unit, which way is better, and what it is worth where a structure was missed.

Definitions:

- Dice = 2 TP / (2 TP + FP + FN), IoU = TP / (TP + FP + FN), precision = TP / (TP + FP), recall = TP / (TP + FN), of
  numbers of voxels.
- The surface of a mask is its voxels with a face towards voxels outside it or towards the end of the image (as in MONAI
  and MedPy); axes of size 1 do not count as dimensions. Distances are Euclidean, between centres of voxels, in mm.
- HD is the largest distance of any surface voxel to the other surface, in both directions; HD95 is the larger of the
  two directed 95th percentiles (as MONAI); ASSD is the mean over the voxels of both surfaces together.
- NSD at a tolerance is the share of the voxels of both surfaces that lie within the tolerance of the other surface (as
  MONAI's surface Dice; Nikolov et al., J Med Internet Res 23:e26151, 2021, with voxels for surface elements).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Penalty = Literal["zero", "diagonal"]
"""What a structure is worth that is in the reference alone: 0, or the diagonal of the image in mm."""


@dataclass(frozen=True)
class Metric:
    """A metric of a structure.

    Attributes:
        key: its name in results, with the unit where it has one.
        name: its name in tables and figures.
        unit: `mm`, or nothing for a share.
        higher_is_better: its direction.
        missed: what a missed structure is worth. Overlaps are 0 by definition; distances are undefined, and the
            diagonal is put in their place where a number is needed for every case (`penalised`).
    """

    key: str
    name: str
    unit: str
    higher_is_better: bool
    missed: Penalty

    @property
    def label(self) -> str:
        """Name with unit, for axes and heads of tables."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def penalised(self, value: float, missed: bool, diagonal_mm: float) -> float:
        """The value, or what stands for it where the structure was missed.

        Args:
            value: as measured; NaN where it is not defined.
            missed: whether the structure is in the reference and not in the prediction.
            diagonal_mm: diagonal of the image.

        Returns:
            NaN only where there is nothing to find: the structure is not in the reference.
        """
        if missed:
            return 0.0 if self.missed == "zero" else diagonal_mm
        return value


METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("dice", "Dice", "", True, "zero"),
        Metric("iou", "IoU", "", True, "zero"),
        Metric("precision", "Precision", "", True, "zero"),
        Metric("recall", "Recall", "", True, "zero"),
        Metric("nsd", "NSD", "", True, "zero"),
        Metric("hd95_mm", "HD95", "mm", False, "diagonal"),
        Metric("hd_mm", "HD", "mm", False, "diagonal"),
        Metric("assd_mm", "ASSD", "mm", False, "diagonal"),
    )
}
"""Every metric by its key, in the order of tables."""


UNDEFINED = math.nan
"""The value of a metric that has none; null in files."""
