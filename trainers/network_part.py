"""What the parts that change the network have in common."""

from __future__ import annotations

from typing import ClassVar

from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager, PlansManager
from torch import nn

from nnunet_spine.networks import Topology
from nnunet_spine.trainers.part import Part


class NetworkPart(Part):
    """Trains the network of `make_network` in place of the planned one, with the plan's strides and kernel sizes.

    Attributes:
        levels: number of its resolutions. A plan with more of them is followed as far as the network goes; levels
            beyond a plan with fewer are not pooled. So every patch of a plan fits.
    """

    levels: ClassVar[int] = 5

    @staticmethod
    def make_network(in_channels: int, out_channels: int, topology: Topology, deep_supervision: bool) -> nn.Module:
        """The network of the part.

        Args:
            in_channels: channels of an image.
            out_channels: number of output maps.
            topology: strides and kernel sizes, of `levels` levels.
            deep_supervision: whether all outputs are asked for, or one.
        """
        raise NotImplementedError

    @classmethod
    def build_network_architecture(
        cls,
        plans_manager: PlansManager,
        configuration_manager: ConfigurationManager,
        num_input_channels: int,
        num_output_channels: int,
        enable_deep_supervision: bool = True,
    ) -> nn.Module:
        """The network; nnU-Net calls this on the class as well, where it predicts.

        Raises:
            ValueError: if the network cannot be built along the plan, or does not take its patches.
        """
        topology = cls.planned_topology(configuration_manager)
        try:
            topology.check_size(configuration_manager.patch_size)
        except ValueError as error:
            raise ValueError(f"patch_size of the plan: {error}") from None
        return cls.make_network(num_input_channels, num_output_channels, topology, enable_deep_supervision)

    @classmethod
    def planned_topology(cls, configuration_manager: ConfigurationManager) -> Topology:
        """Strides and kernel sizes of a plan, for as many levels as the network has.

        Raises:
            ValueError: if the plan has none, as those for transformers, or impossible ones.
        """
        planned = configuration_manager.network_arch_init_kwargs
        missing = {"strides", "kernel_sizes"} - set(planned)
        if missing:
            name = configuration_manager.network_arch_class_name
            raise ValueError(f"expected a plan for a U-Net, got one for {name} without {', '.join(sorted(missing))}")
        try:
            return Topology(planned["strides"], planned["kernel_sizes"]).with_levels(cls.levels)
        except ValueError as error:
            raise ValueError(f"architecture of the plan: {error}") from None

    def _get_deep_supervision_scales(self) -> list[list[float]] | None:
        """Sizes of the network's outputs relative to its input, by which nnU-Net makes the targets and the weights."""
        if not self.enable_deep_supervision:
            return None
        return self.output_scales(self.planned_topology(self.configuration_manager))

    def output_scales(self, topology: Topology) -> list[list[float]]:
        """Of every output, the network's own first, along each axis: one for each level above the bottleneck."""
        return [[1 / factor for factor in factors] for factors in topology.factors[:-1]]
