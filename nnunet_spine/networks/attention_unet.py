"""Attention U-Net: a U-Net whose skip connections are gated by the decoder.

Oktay et al., Attention U-Net: learning where to look for the pancreas, MIDL 2018 (https://arxiv.org/abs/1804.03999).
As there, the finest skip connection has no gate, and deep supervision makes the features of every scale meaningful.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from dynamic_network_architectures.initialization.weight_init import InitWeights_He
from torch import nn

from nnunet_spine.networks.attention_gate import AttentionGate
from nnunet_spine.networks.blocks import make_encoder
from nnunet_spine.networks.encoder_decoder import EncoderDecoder
from nnunet_spine.networks.heads import Heads
from nnunet_spine.networks.topology import Topology
from nnunet_spine.networks.unet import MODIFIED_WIDTHS, UNetDecoder


class AttentionUNet(EncoderDecoder):
    """`UNet` with attention gates, and a head at every level above the bottleneck.

    Args:
        in_channels: channels of the image.
        out_channels: number of output maps (logits).
        widths: channels of each level, the bottleneck last.
        topology: strides and kernel sizes of the levels; None for 2D with kernels of 3 that halves every axis.
        deep_supervision: whether to give the outputs of all heads; `decoder.deep_supervision` switches it later.

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
        decoder = AttentionDecoder(widths, topology, Heads(out_channels, deep_supervision=deep_supervision))
        super().__init__(topology, make_encoder(in_channels, widths, topology), decoder)
        self.apply(InitWeights_He())
        for gate in decoder.gates:
            gate.open()


class AttentionDecoder(UNetDecoder):
    """`UNetDecoder` with a gate on every skip connection but the finest."""

    def __init__(self, widths: Sequence[int], topology: Topology, heads: Heads) -> None:
        super().__init__(widths, topology, heads)
        self.gates = nn.ModuleList(
            AttentionGate(widths[i], widths[i + 1], topology.strides[i + 1]) for i in range(topology.levels - 2, 0, -1)
        )

    def skip(self, step: int, skip: torch.Tensor, below: torch.Tensor) -> torch.Tensor:
        """The encoder's features, gated by those of the level below."""
        return self.gates[step](skip, below) if step < len(self.gates) else skip
