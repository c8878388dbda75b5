"""What every loss is."""

from __future__ import annotations

import torch
from torch import nn

from nnunet_spine.losses.target import LABELS, Batch, TargetForm


class Loss(nn.Module):
    """A number that says how far logits are from a target; subclasses define `of`.

    Args:
        form: of the target.
    """

    def __init__(self, form: TargetForm = LABELS) -> None:
        super().__init__()
        self.form = form

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The loss of logits (B, C, *S) and nnU-Net's target, a scalar.

        Raises:
            ValueError: if the shapes do not belong together.
        """
        return self.of(self.form.read(logits, target))

    def of(self, batch: Batch) -> torch.Tensor:
        """The loss of a batch that was read already; losses that are added share what it computes."""
        raise NotImplementedError
