"""U-Net++ in place of the planned network."""

from __future__ import annotations

from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from torch import nn

from nnunet_spine import networks
from nnunet_spine.networks import MODIFIED_WIDTHS, Topology
from nnunet_spine.trainers.network_part import NetworkPart


class UNetPlusPlus(NetworkPart):
    """Trains `nnunet_spine.networks.UNetPlusPlus` of the modified U-Net's widths.

    Its outputs all have full resolution and, as in the paper, the same weight in the loss.
    """

    @staticmethod
    def make_network(in_channels: int, out_channels: int, topology: Topology, deep_supervision: bool) -> nn.Module:
        """The network."""
        return networks.UNetPlusPlus(in_channels, out_channels, MODIFIED_WIDTHS, topology, deep_supervision)

    def output_scales(self, topology: Topology) -> list[list[float]]:
        """Full resolution for each."""
        return [[1.0] * topology.dim for _ in range(topology.levels - 1)]

    def _build_loss(self) -> nn.Module:
        """The same with equal weights; nnU-Net's halve from output to output, and leave out the last."""
        loss = super()._build_loss()
        if isinstance(loss, DeepSupervisionWrapper):
            outputs = len(loss.weight_factors)
            loss.weight_factors = (1 / outputs,) * outputs
        return loss
