"""The seed study's small network in place of the planned one."""

from __future__ import annotations

from torch import nn

from nnunet_spine.networks import REPORT_WIDTHS, Topology, UNet
from nnunet_spine.trainers.network_part import NetworkPart
from nnunet_spine.trainers.single_output import SingleOutput


class ReportUNet(SingleOutput, NetworkPart):
    """Trains `UNet` of widths 8-16-32-64-128, which has one output and so no deep supervision."""

    @staticmethod
    def make_network(in_channels: int, out_channels: int, topology: Topology, deep_supervision: bool) -> nn.Module:
        """The network, with one output whatever was asked for."""
        return UNet(in_channels, out_channels, REPORT_WIDTHS, topology)
