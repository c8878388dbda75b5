"""Heads of a network, and which of them give an output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from dynamic_network_architectures.building_blocks.helper import convert_dim_to_conv_op
from torch import nn


@dataclass(frozen=True)
class Heads:
    """What a network gives.

    Attributes:
        channels: number of output maps (logits) of each head.
        auxiliary: whether there are heads for deep supervision. They are there whether or not it is on, so that weights
            load either way: nnU-Net trains with it and predicts without. A network whose authors gave it one output
            has none, and so their number of parameters.
        deep_supervision: whether they give outputs at first.

    Raises:
        ValueError: if deep supervision has no heads.
    """

    channels: int
    auxiliary: bool = True
    deep_supervision: bool = False

    def __post_init__(self) -> None:
        if self.deep_supervision and not self.auxiliary:
            raise ValueError("deep_supervision: expected False for a network without auxiliary heads, got True")


class SupervisedDecoder(nn.Module):
    """Decoder with heads in the form that nnU-Net knows.

    Args:
        widths: channels of the features that can have a head, in the order of computation.
        dim: number of axes of an image.
        heads: what to give of them.

    Attributes:
        deep_supervision: whether to give the outputs of all heads, as a list, or that of the last one. nnU-Net
            switches it by this name.
        seg_layers: the heads in the order of computation, that of the network's output last. What has this name is
            left as it is when nnU-Net loads pretrained weights.
    """

    def __init__(self, widths: Sequence[int], dim: int, heads: Heads) -> None:
        super().__init__()
        self.deep_supervision = heads.deep_supervision
        conv = convert_dim_to_conv_op(dim)
        supervised = widths if heads.auxiliary else widths[-1:]
        self.seg_layers = nn.ModuleList(conv(width, heads.channels, 1) for width in supervised)

    def outputs(self, features: Sequence[torch.Tensor]) -> torch.Tensor | list[torch.Tensor]:
        """Logits of features in the order of computation; with deep supervision a list, the network's output first."""
        if not self.deep_supervision:
            return self.seg_layers[-1](features[-1])
        supervised = features[-len(self.seg_layers) :]
        return [head(x) for head, x in zip(self.seg_layers, supervised, strict=True)][::-1]
