"""The modified U-Net as the code of its paper has it in place of the planned network."""

from __future__ import annotations

from torch import nn

from nnunet_spine import networks
from nnunet_spine.networks import Topology
from nnunet_spine.trainers.network_part import NetworkPart
from nnunet_spine.trainers.single_output import SingleOutput


class PaperUNet(SingleOutput, NetworkPart):
    """Trains `nnunet_spine.networks.PaperUNet`, which has one output and so no deep supervision."""

    @staticmethod
    def make_network(in_channels: int, out_channels: int, topology: Topology, deep_supervision: bool) -> nn.Module:
        """The network, with one output whatever was asked for."""
        return networks.PaperUNet(in_channels, out_channels, topology)
