"""Weighted sums of losses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from nnunet_spine.losses.checks import not_negative
from nnunet_spine.losses.loss import Loss
from nnunet_spine.losses.target import Batch


class CompoundLoss(Loss):
    """Sum of losses of one target, each times its weight; what they have in common is computed once.

    Args:
        losses: one or more, all of the same form of target.
        weights: one for each, not below 0; they need not sum to 1.

    Raises:
        ValueError: if numbers or forms do not match, or a weight is negative.
    """

    def __init__(self, losses: Sequence[Loss], weights: Sequence[float]) -> None:
        if not losses or len(losses) != len(weights):
            raise ValueError(f"expected losses and a weight for each, got {len(losses)} and {len(weights)} weights")
        not_negative(**{f"weights[{i}]": weight for i, weight in enumerate(weights)})
        forms = {loss.form for loss in losses}
        if len(forms) > 1:
            raise ValueError(f"expected losses of one form of target, got {sorted(map(str, forms))}")
        super().__init__(losses[0].form)
        self.losses = nn.ModuleList(losses)
        self.weights = tuple(weights)

    def of(self, batch: Batch) -> torch.Tensor:
        """The loss of a batch that was read already."""
        return sum(weight * loss.of(batch) for weight, loss in zip(self.weights, self.losses, strict=True))
