"""Attention U-Net in place of the planned network."""

from __future__ import annotations

from torch import nn

from nnunet_spine import networks
from nnunet_spine.networks import MODIFIED_WIDTHS, Topology
from nnunet_spine.trainers.network_part import NetworkPart


class AttentionUNet(NetworkPart):
    """Trains `nnunet_spine.networks.AttentionUNet` of the modified U-Net's widths, with nnU-Net's deep supervision."""

    @staticmethod
    def make_network(in_channels: int, out_channels: int, topology: Topology, deep_supervision: bool) -> nn.Module:
        """The network."""
        return networks.AttentionUNet(in_channels, out_channels, MODIFIED_WIDTHS, topology, deep_supervision)
