"""The modified U-Net with the bottleneck of 512 channels in place of the planned network."""

from __future__ import annotations

from torch import nn

from nnunet_spine.networks import MODIFIED_WIDTHS, Topology, UNet
from nnunet_spine.trainers.network_part import NetworkPart
from nnunet_spine.trainers.single_output import SingleOutput


class ModifiedUNet(SingleOutput, NetworkPart):
    """Trains `UNet` of widths 32-64-128-256-512, which has one output and so no deep supervision."""

    @staticmethod
    def make_network(in_channels: int, out_channels: int, topology: Topology, deep_supervision: bool) -> nn.Module:
        """The network, with one output whatever was asked for."""
        return UNet(in_channels, out_channels, MODIFIED_WIDTHS, topology)
