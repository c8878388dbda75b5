"""The additive attention gate of a skip connection.

Oktay et al., Attention U-Net: learning where to look for the pancreas, MIDL 2018 (https://arxiv.org/abs/1804.03999),
equations 1 and 2: alpha = sigmoid(psi(relu(W_x x + W_g g + b_g)) + b_psi), and the skip becomes alpha * x.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from dynamic_network_architectures.building_blocks.helper import convert_dim_to_conv_op
from torch import nn
from torch.nn.functional import interpolate, relu

OPEN = 3.0
"""Initial bias of the last step: gates start nearly open. The paper says that they do and not by how much."""

_LINEAR = {2: "bilinear", 3: "trilinear"}


class AttentionGate(nn.Module):
    """Weighs every voxel of a skip connection by what the features below know about it.

    Args:
        skip_channels: channels of the encoder's features x.
        gating_channels: channels of the decoder's features g, one level below.
        stride: how many voxels of x one of g has, along each axis. The sum is made on the grid of g.
    """

    def __init__(self, skip_channels: int, gating_channels: int, stride: Sequence[int]) -> None:
        super().__init__()
        conv = convert_dim_to_conv_op(len(stride))
        self.of_skip = conv(skip_channels, skip_channels, stride, stride, bias=False)
        self.of_gating = conv(gating_channels, skip_channels, 1)
        self.weigh = conv(skip_channels, 1, 1)
        self.open()

    def open(self) -> None:
        """Let nearly everything pass."""
        nn.init.constant_(self.weigh.bias, OPEN)

    def coefficients(self, skip: torch.Tensor, gating: torch.Tensor) -> torch.Tensor:
        """Weights between 0 and 1, (B, 1, *S) of a skip (B, C, *S) and gating features of the level below."""
        alpha = torch.sigmoid(self.weigh(relu(self.of_skip(skip) + self.of_gating(gating))))
        return interpolate(alpha, skip.shape[2:], mode=_LINEAR[skip.dim() - 2], align_corners=False)

    def forward(self, skip: torch.Tensor, gating: torch.Tensor) -> torch.Tensor:
        """The weighed skip (B, C, *S)."""
        return skip * self.coefficients(skip, gating)
