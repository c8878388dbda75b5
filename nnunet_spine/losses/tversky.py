"""Tversky loss: Dice in which misses may weigh more than false alarms."""

from __future__ import annotations

import torch

from nnunet_spine.losses.checks import not_negative
from nnunet_spine.losses.loss import Loss
from nnunet_spine.losses.overlap import FOREGROUND, OverlapOptions, overlap_index, overlap_sums
from nnunet_spine.losses.target import LABELS, Batch, TargetForm


class TverskyLoss(Loss):
    r"""One minus the mean of Tversky's index over classes (and samples).

    .. math:: TI = \frac{\sum p g}{\sum p g + \alpha \sum p (1 - g) + \beta \sum (1 - p) g}

    Salehi et al., Tversky loss function for image segmentation using 3D fully convolutional deep networks, MLMI 2017
    (https://arxiv.org/abs/1706.05721), T(alpha, beta) there; 0.3 and 0.7 did best. With 0.5 and 0.5 it is the
    soft Dice loss.

    Args:
        form: of the target.
        overlap: how overlap is counted.
        alpha: weight of false positives, not below 0.
        beta: weight of false negatives, not below 0.

    Raises:
        ValueError: if a weight is negative.
    """

    def __init__(
        self,
        form: TargetForm = LABELS,
        overlap: OverlapOptions = FOREGROUND,
        alpha: float = 0.3,
        beta: float = 0.7,
    ) -> None:
        super().__init__(form)
        not_negative(alpha=alpha, beta=beta)
        self.overlap, self.alpha, self.beta = overlap, alpha, beta

    def index(self, batch: Batch) -> torch.Tensor:
        """Tversky's index of each class: (B, C), or (C,) over the whole batch."""
        return overlap_index(overlap_sums(batch, self.overlap), self.overlap.smooth, self.alpha, self.beta)

    def of(self, batch: Batch) -> torch.Tensor:
        """The loss of a batch that was read already."""
        return 1 - self.index(batch).mean()
