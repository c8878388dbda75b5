"""Focal Tversky loss: a root of the Tversky loss of each class."""

from __future__ import annotations

import torch

from nnunet_spine.losses.overlap import FOREGROUND, OverlapOptions
from nnunet_spine.losses.target import LABELS, Batch, TargetForm
from nnunet_spine.losses.tversky import TverskyLoss

_LINEAR_BELOW = 1e-4
"""Where `1 - TI` is smaller, the loss is linear: the slope of a root is infinite at perfect overlap."""


class FocalTverskyLoss(TverskyLoss):
    r"""Mean over classes (and samples) of a power of one minus Tversky's index.

    .. math:: FTL = (1 - TI)^{1 / \gamma}

    Abraham and Khan, A novel focal Tversky loss function with improved attention U-Net for lesion segmentation, ISBI
    2019 (https://arxiv.org/abs/1810.07842), FTL there, with the sum over classes, the misses weighed by 0.7 and
    gamma = 4/3. With gamma = 1 it is the Tversky loss; above 1 its slope grows as overlap becomes better.

    Args:
        form: of the target.
        overlap: how overlap is counted.
        alpha: weight of false positives, not below 0.
        beta: weight of false negatives, not below 0.
        gamma: of the root, above 0.

    Raises:
        ValueError: if a weight is negative, or gamma is not above 0.
    """

    def __init__(
        self,
        form: TargetForm = LABELS,
        overlap: OverlapOptions = FOREGROUND,
        alpha: float = 0.3,
        beta: float = 0.7,
        gamma: float = 4 / 3,
    ) -> None:
        super().__init__(form, overlap, alpha, beta)
        if not gamma > 0:
            raise ValueError(f"gamma: expected a number above 0, got {gamma}")
        self.gamma = gamma

    def of(self, batch: Batch) -> torch.Tensor:
        """The loss of a batch that was read already."""
        missing = (1 - self.index(batch)).clamp(min=0)
        return (missing * missing.clamp(min=_LINEAR_BELOW) ** (1 / self.gamma - 1)).mean()
