"""A root of the Tversky loss."""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from nnunet_spine.losses import FocalTverskyLoss, OverlapOptions, TargetForm
from nnunet_spine.trainers.loss_part import LossPart


class FocalTversky(LossPart):
    """Trains with the focal Tversky loss, weights 0.3 and 0.7, gamma = 4/3."""

    def make_loss(self, form: TargetForm, overlap: OverlapOptions) -> nn.Module:
        """The loss of one output; the background is a class of it, or some other class takes its place."""
        return FocalTverskyLoss(form, replace(overlap, background=True))
