"""The seed study's small network in place of the planned one."""

from __future__ import annotations

from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager, PlansManager
from torch import nn

from nnunet_spine.networks import REPORT_WIDTHS, UNet
from nnunet_spine.trainers.part import Part


class ReportUNet(Part):
    """Trains `UNet` of widths 8-16-32-64-128, which has one output and so no deep supervision."""

    def configure(self) -> None:
        """One output."""
        super().configure()
        self.enable_deep_supervision = False

    @staticmethod
    def build_network_architecture(
        plans_manager: PlansManager,
        configuration_manager: ConfigurationManager,
        num_input_channels: int,
        num_output_channels: int,
        enable_deep_supervision: bool = True,
    ) -> nn.Module:
        """The network, pooled as the plan pools as far as the plan goes, so that every planned patch fits."""
        planned = [tuple(stride) for stride in configuration_manager.pool_op_kernel_sizes[1 : len(REPORT_WIDTHS)]]
        unpooled = (1,) * len(configuration_manager.patch_size)
        strides = planned + [unpooled] * (len(REPORT_WIDTHS) - 1 - len(planned))
        return UNet(num_input_channels, num_output_channels, REPORT_WIDTHS, strides)

    def set_deep_supervision_enabled(self, enabled: bool) -> None:
        """Nothing to switch: the network has one output."""
