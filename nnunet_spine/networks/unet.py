"""The U-Net of the lumbar spine studies: batch normalisation, LeakyReLU, max pooling, transposed convolutions.

Ronneberger et al., U-Net, MICCAI 2015 (https://arxiv.org/abs/1505.04597), in the form of the seed study: two 3x3
convolutions with bias, BatchNorm and LeakyReLU a level, max pooling, transposed convolutions that halve the width, He
initialisation. Widths 8-16-32-64-128 with 14 outputs have 487,262 parameters, 32-64-128-256-512 with 4 have 7,765,508.
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

REPORT_WIDTHS = (8, 16, 32, 64, 128)
MODIFIED_WIDTHS = (32, 64, 128, 256, 512)


class UNet(EncoderDecoder):
    """U-Net in 2D or 3D.

    Args:
        in_channels: channels of the image.
        out_channels: number of output maps (logits).
        widths: channels of each level, the bottleneck last.
        topology: strides and kernel sizes of the levels; None for 2D with kernels of 3 that halves every axis.
        auxiliary_heads: whether every level above the bottleneck has a head for deep supervision, or only the finest.
        deep_supervision: whether to give the outputs of all heads; `decoder.deep_supervision` switches it later.

    Raises:
        ValueError: if widths and topology do not match, or deep supervision has no heads.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        widths: Sequence[int] = REPORT_WIDTHS,
        topology: Topology | None = None,
        auxiliary_heads: bool = False,
        deep_supervision: bool = False,
    ) -> None:
        topology = topology or Topology.regular(2, len(widths))
        heads = Heads(out_channels, auxiliary_heads, deep_supervision)
        super().__init__(topology, make_encoder(in_channels, widths, topology), UNetDecoder(widths, topology, heads))
        self.apply(InitWeights_He())


class UNetDecoder(SupervisedDecoder):
    """From the bottleneck up, a block a level, which sees the features below it and the encoder's of its own level."""

    def __init__(self, widths: Sequence[int], topology: Topology, heads: Heads) -> None:
        upwards = range(topology.levels - 2, -1, -1)
        super().__init__([widths[i] for i in upwards], topology.dim, heads)
        self.transpconvs = nn.ModuleList(make_up(widths[i + 1], widths[i], topology.strides[i + 1]) for i in upwards)
        self.stages = nn.ModuleList(make_block(2 * widths[i], widths[i], topology.kernel_sizes[i]) for i in upwards)

    def forward(self, levels: Sequence[torch.Tensor]) -> torch.Tensor | list[torch.Tensor]:
        """Logits of the encoder's features, given the finest first."""
        x, features = levels[-1], []
        for step, (up, stage) in enumerate(zip(self.transpconvs, self.stages, strict=True)):
            skip = self.skip(step, levels[-2 - step], x)
            x = stage(torch.cat((up(x), skip), dim=1))
            features.append(x)
        return self.outputs(features)

    def skip(self, step: int, skip: torch.Tensor, below: torch.Tensor) -> torch.Tensor:
        """The encoder's features on their way to the decoder, which has those of the level below already."""
        return skip
