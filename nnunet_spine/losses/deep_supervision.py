"""Deep supervision whose losses can tell that they are given the same target again."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper


class SharedTargets(DeepSupervisionWrapper):
    """nnU-Net's, in which outputs of one size are given one tensor as their target.

    Targets of one size are equal, being one map of labels, sampled alike; but nnU-Net's loader makes a copy for each.
    """

    def forward(self, outputs: Sequence[torch.Tensor], targets: Sequence[torch.Tensor]) -> torch.Tensor:
        """The weighted sum of the losses of outputs (B, C, *S), each of them with the first target of its size."""
        first = {target.shape: target for target in reversed(targets)}
        return super().forward(list(outputs), [first[target.shape] for target in targets])
