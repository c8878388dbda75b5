"""U-Net++: skip connections that are networks of their own, each node seeing all before it at its level.

Zhou et al., UNet++: a nested U-Net architecture for medical image segmentation, DLMIA 2018
(https://arxiv.org/abs/1807.10165); Zhou et al., UNet++: redesigning skip connections, IEEE TMI 2020
(https://arxiv.org/abs/1912.05074). Node X(i, j) lies at level i and in column j:

    X(i, 0) is the encoder's level i
    X(i, j) = block(X(i, 0), ..., X(i, j-1), up(X(i+1, j-1)))

Every X(0, j) from j = 1 has a head and is the output of a U-Net of j poolings within this one.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from dynamic_network_architectures.initialization.weight_init import InitWeights_He
from torch import nn

from nnunet_spine.networks.blocks import make_block, make_encoder, make_up
from nnunet_spine.networks.encoder_decoder import EncoderDecoder
from nnunet_spine.networks.heads import Heads, SupervisedDecoder
from nnunet_spine.networks.topology import Topology
from nnunet_spine.networks.unet import MODIFIED_WIDTHS


class UNetPlusPlus(EncoderDecoder):
    """U-Net++ in 2D or 3D, with the encoder of `UNet` and heads of full resolution only.

    Args:
        in_channels: channels of the image.
        out_channels: number of output maps (logits).
        widths: channels of each level, the bottleneck last.
        topology: strides and kernel sizes of the levels; None for 2D with kernels of 3 that halves every axis.
        deep_supervision: whether to give the outputs of all heads, the one of the deepest network first;
            `decoder.deep_supervision` switches it later.

    Raises:
        ValueError: if widths and topology do not match.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        widths: Sequence[int] = MODIFIED_WIDTHS,
        topology: Topology | None = None,
        deep_supervision: bool = False,
    ) -> None:
        topology = topology or Topology.regular(2, len(widths))
        decoder = NestedDecoder(widths, topology, Heads(out_channels, deep_supervision=deep_supervision))
        super().__init__(topology, make_encoder(in_channels, widths, topology), decoder)
        self.apply(InitWeights_He())


class NestedDecoder(SupervisedDecoder):
    """The nodes of columns 1 and more; "i_j" names X(i, j) and what brings X(i+1, j-1) up to it."""

    def __init__(self, widths: Sequence[int], topology: Topology, heads: Heads) -> None:
        super().__init__([widths[0]] * (topology.levels - 1), topology.dim, heads)
        self.places = [(i, j) for j in range(1, topology.levels) for i in range(topology.levels - j)]
        self.transpconvs = nn.ModuleDict(
            {f"{i}_{j}": make_up(widths[i + 1], widths[i], topology.strides[i + 1]) for i, j in self.places}
        )
        self.stages = nn.ModuleDict(
            {f"{i}_{j}": make_block((j + 1) * widths[i], widths[i], topology.kernel_sizes[i]) for i, j in self.places}
        )

    def forward(self, levels: Sequence[torch.Tensor]) -> torch.Tensor | list[torch.Tensor]:
        """Logits of the encoder's features, given the finest first."""
        nodes = [[level] for level in levels]
        for i, j in self.places:
            up = self.transpconvs[f"{i}_{j}"](nodes[i + 1][j - 1])
            nodes[i].append(self.stages[f"{i}_{j}"](torch.cat((*nodes[i], up), dim=1)))
        return self.outputs(nodes[0][1:])
