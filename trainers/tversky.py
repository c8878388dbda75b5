"""A loss that minds misses more than false alarms."""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from nnunet_spine.losses import OverlapOptions, TargetForm, TverskyLoss
from nnunet_spine.trainers.loss_part import LossPart


class Tversky(LossPart):
    """Trains with the Tversky loss, false positives weighed by 0.3 and false negatives by 0.7."""

    def make_loss(self, form: TargetForm, overlap: OverlapOptions) -> nn.Module:
        """The loss of one output; the background is a class of it, or some other class takes its place."""
        return TverskyLoss(form, replace(overlap, background=True))
