"""What Dice and Tversky losses are made of: sums over voxels, and the index of overlap that they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch

from nnunet_spine.losses.distributed import sum_over_processes
from nnunet_spine.losses.target import Batch

_SMALLEST = 1e-8
"""Least denominator, so that nothing against nothing is finite without smoothing."""


@dataclass(frozen=True)
class OverlapOptions:
    """How overlap is counted.

    Attributes:
        batch_dice: over the whole batch; otherwise in each sample, and the mean over samples is taken.
        background: label 0 counts as a class too; of regions all count.
        smooth: added to numerator and denominator of Dice, as nnU-Net does; half of it to those of Tversky, which are
            half as large.
        ddp: with `batch_dice`, the batch is that of all processes together.
    """

    batch_dice: bool = False
    background: bool = False
    smooth: float = 1e-5
    ddp: bool = False

    def __post_init__(self) -> None:
        if not self.smooth >= 0:
            raise ValueError(f"smooth: expected a number not below 0, got {self.smooth}")


FOREGROUND = OverlapOptions()
"""Each sample for itself, without the background."""


class OverlapSums(NamedTuple):
    """Sums over voxels for each class that counts: (B, C), or (C,) over the whole batch."""

    common: torch.Tensor
    predicted: torch.Tensor
    reference: torch.Tensor


def overlap_sums(batch: Batch, options: OverlapOptions) -> OverlapSums:
    """Soft intersection, prediction and reference, in voxels that are not ignored."""
    predicted = batch.probabilities if batch.counted is None else batch.probabilities * batch.counted
    reference = batch.reference.to(predicted.dtype)
    sums = torch.stack([x.sum(batch.spatial) for x in (predicted * reference, predicted, reference)])
    if not (options.background or batch.form.regions):
        sums = sums[..., 1:]
    if options.batch_dice:
        sums = sums.sum(1)
        sums = sum_over_processes(sums) if options.ddp else sums
    return OverlapSums(*sums)


def overlap_index(
    sums: OverlapSums, smooth: float, false_positives: float = 0.5, false_negatives: float = 0.5
) -> torch.Tensor:
    """Tversky's index of each class, from 0 to 1; with both weights 1/2 it is Dice.

    Args:
        sums: of the classes.
        smooth: see `OverlapOptions`.
        false_positives: weight of what is predicted beyond the reference.
        false_negatives: weight of what is missed.
    """
    common = sums.common + smooth / 2
    beyond, missed = sums.predicted - sums.common, sums.reference - sums.common
    return common / (common + false_positives * beyond + false_negatives * missed).clamp(min=_SMALLEST / 2)
