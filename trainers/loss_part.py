"""What the parts that change the loss have in common."""

from __future__ import annotations

from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from torch import nn

from nnunet_spine.losses import OverlapOptions, TargetForm
from nnunet_spine.trainers.part import Part


class LossPart(Part):
    """Trains with the loss of `make_loss`, over nnU-Net's own weights of deep supervision."""

    def make_loss(self, form: TargetForm, overlap: OverlapOptions) -> nn.Module:
        """The loss of one output: a module that maps logits (B, C, *S) and nnU-Net's target to a scalar.

        Args:
            form: labels or regions, with or without an ignore label.
            overlap: what the plan says about overlap losses.
        """
        raise NotImplementedError

    def _build_loss(self) -> nn.Module:
        """nnU-Net's loss with another one inside."""
        built = super()._build_loss()
        form = TargetForm(regions=self.label_manager.has_regions, ignore_label=self.label_manager.ignore_label)
        overlap = OverlapOptions(batch_dice=self.configuration_manager.batch_dice, ddp=self.is_ddp)
        loss = self.make_loss(form, overlap)
        if not isinstance(built, DeepSupervisionWrapper):
            return loss
        built.loss = loss
        return built
