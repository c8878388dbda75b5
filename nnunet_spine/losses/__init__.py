"""Losses of segmentation: `loss(logits, target)` with nnU-Net's logits (B, C, *S) and its target, labels or regions."""

from nnunet_spine.losses.boundary import BoundaryLoss
from nnunet_spine.losses.compound import CompoundLoss
from nnunet_spine.losses.cross_entropy import CrossEntropyLoss
from nnunet_spine.losses.dice import SoftDiceLoss
from nnunet_spine.losses.dice_ce import DiceCELoss
from nnunet_spine.losses.focal import FocalLoss
from nnunet_spine.losses.focal_dice import FocalDiceLoss
from nnunet_spine.losses.focal_tversky import FocalTverskyLoss
from nnunet_spine.losses.loss import Loss
from nnunet_spine.losses.overlap import OverlapOptions
from nnunet_spine.losses.rebalanced import RebalancedLoss
from nnunet_spine.losses.target import TargetForm
from nnunet_spine.losses.tversky import TverskyLoss

__all__ = [
    "BoundaryLoss",
    "CompoundLoss",
    "CrossEntropyLoss",
    "DiceCELoss",
    "FocalDiceLoss",
    "FocalLoss",
    "FocalTverskyLoss",
    "Loss",
    "OverlapOptions",
    "RebalancedLoss",
    "SoftDiceLoss",
    "TargetForm",
    "TverskyLoss",
]
