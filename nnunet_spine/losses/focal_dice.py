"""The combined loss of the second study."""

from __future__ import annotations

from nnunet_spine.losses.compound import CompoundLoss
from nnunet_spine.losses.dice import SoftDiceLoss
from nnunet_spine.losses.focal import FocalLoss
from nnunet_spine.losses.overlap import FOREGROUND, OverlapOptions
from nnunet_spine.losses.target import LABELS, TargetForm


class FocalDiceLoss(CompoundLoss):
    """0.6 focal loss + 0.4 soft Dice loss.

    The loss of the modified U-Net of the lumbar spine (https://arxiv.org/abs/2409.06018). gamma = 2 is what Lin et al.
    recommend; the paper has 4 in one place.

    Args:
        form: of the target.
        overlap: how the Dice loss counts overlap.
        gamma: of the focal loss, not below 0.
    """

    def __init__(self, form: TargetForm = LABELS, overlap: OverlapOptions = FOREGROUND, gamma: float = 2.0) -> None:
        super().__init__([FocalLoss(form, gamma), SoftDiceLoss(form, overlap)], weights=[0.6, 0.4])
