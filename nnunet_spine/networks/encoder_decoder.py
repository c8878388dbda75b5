"""What the networks have in common: an encoder, a decoder of its levels, and the sizes of image that they take."""

from __future__ import annotations

import torch
from torch import nn

from nnunet_spine.networks.heads import SupervisedDecoder
from nnunet_spine.networks.topology import Topology


class EncoderDecoder(nn.Module):
    """An encoder and a decoder.

    Args:
        topology: where they pool.
        encoder: maps an image to the features of every level, the finest first.
        decoder: maps those to logits; nnU-Net switches its `deep_supervision`.
    """

    def __init__(self, topology: Topology, encoder: nn.Module, decoder: SupervisedDecoder) -> None:
        super().__init__()
        self.topology = topology
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, x: torch.Tensor) -> torch.Tensor | list[torch.Tensor]:
        """Map an image (B, in_channels, [D,] H, W) to logits.

        Returns:
            (B, out_channels, [D,] H, W); with deep supervision a list of logits, those first.

        Raises:
            ValueError: if the size of the image is not a multiple of `topology.divisor`.
        """
        self.topology.check_size(x.shape[2:])
        return self.decoder(self.encoder(x))
