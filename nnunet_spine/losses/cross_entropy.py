"""Cross entropy."""

from __future__ import annotations

from nnunet_spine.losses.focal import FocalLoss
from nnunet_spine.losses.target import LABELS, TargetForm


class CrossEntropyLoss(FocalLoss):
    """Mean of `-log p_t`, binary for regions: the focal loss with gamma = 0.

    Args:
        form: of the target.
    """

    def __init__(self, form: TargetForm = LABELS) -> None:
        super().__init__(form, gamma=0)
