"""The loss of the first study."""

from __future__ import annotations

from torch import nn

from nnunet_spine.losses import DiceCELoss, OverlapOptions, TargetForm
from nnunet_spine.trainers.loss_part import LossPart


class DiceCE(LossPart):
    """Trains with 0.5 soft Dice loss + 0.5 cross entropy: nnU-Net's loss, halved and never below 0.

    Except for regions with an ignore label, over which nnU-Net sums its cross entropy; here it is the mean as ever.
    """

    def make_loss(self, form: TargetForm, overlap: OverlapOptions) -> nn.Module:
        """The loss of one output."""
        return DiceCELoss(form, overlap)
