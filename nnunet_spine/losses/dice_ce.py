"""The loss of the first study."""

from __future__ import annotations

from nnunet_spine.losses.compound import CompoundLoss
from nnunet_spine.losses.cross_entropy import CrossEntropyLoss
from nnunet_spine.losses.dice import SoftDiceLoss
from nnunet_spine.losses.overlap import FOREGROUND, OverlapOptions
from nnunet_spine.losses.target import LABELS, TargetForm


class DiceCELoss(CompoundLoss):
    """0.5 soft Dice loss + 0.5 cross entropy: half of nnU-Net's loss, plus one half, with the same minimum.

    Except for regions with an ignore label, over which nnU-Net sums its cross entropy; here it is the mean as ever.

    Args:
        form: of the target.
        overlap: how the Dice loss counts overlap.
    """

    def __init__(self, form: TargetForm = LABELS, overlap: OverlapOptions = FOREGROUND) -> None:
        super().__init__([SoftDiceLoss(form, overlap), CrossEntropyLoss(form)], weights=[0.5, 0.5])
