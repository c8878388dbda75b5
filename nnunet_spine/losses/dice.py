"""Soft Dice loss, as nnU-Net computes it."""

from __future__ import annotations

import torch

from nnunet_spine.losses.loss import Loss
from nnunet_spine.losses.overlap import FOREGROUND, OverlapOptions, overlap_index, overlap_sums
from nnunet_spine.losses.target import LABELS, Batch, TargetForm


class SoftDiceLoss(Loss):
    r"""One minus the mean of Dice over classes (and samples), with probabilities for masks.

    .. math:: 1 - \frac{2 \sum p g + s}{\sum p + \sum g + s}

    Drozdzal et al., The importance of skip connections in biomedical image segmentation, 2016
    (https://arxiv.org/abs/1608.04117), the Dice loss there; smoothing s is nnU-Net's. Where a class is absent, it is 0
    if nothing is predicted and near 1 as soon as a voxel is.

    Args:
        form: of the target.
        overlap: how overlap is counted.
    """

    def __init__(self, form: TargetForm = LABELS, overlap: OverlapOptions = FOREGROUND) -> None:
        super().__init__(form)
        self.overlap = overlap

    def of(self, batch: Batch) -> torch.Tensor:
        """The loss of a batch that was read already."""
        return 1 - overlap_index(overlap_sums(batch, self.overlap), self.overlap.smooth).mean()
