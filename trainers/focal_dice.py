"""The combined loss of the second study."""

from __future__ import annotations

from torch import nn

from nnunet_spine.losses import FocalDiceLoss, OverlapOptions, TargetForm
from nnunet_spine.trainers.loss_part import LossPart


class FocalDice(LossPart):
    """Trains with 0.6 focal loss + 0.4 soft Dice loss."""

    def make_loss(self, form: TargetForm, overlap: OverlapOptions) -> nn.Module:
        """The loss of one output."""
        return FocalDiceLoss(form, overlap)
