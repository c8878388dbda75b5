"""The networks that nnU-Net would plan for a patch, by its own functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dynamic_network_architectures.architectures.unet import PlainConvUNet, ResidualEncoderUNet
from dynamic_network_architectures.building_blocks.helper import convert_dim_to_conv_op, get_matching_instancenorm
from nnunetv2.experiment_planning.experiment_planners.network_topology import get_pool_and_conv_props
from torch import nn

from nnunet_spine.networks import Topology

SMALLEST_EDGE, NO_LIMIT = 4, 999999
"""nnU-Net pools no further than to features of this size, and as often as that allows."""

SMALLEST_LEVELS = 3
"""With fewer, nnU-Net's network has one output, which deep supervision does not count."""

BASE_WIDTH, LARGEST_WIDTH = 32, {2: 512, 3: 320}
PLAIN_CONVOLUTIONS = 2
RESIDUAL_BLOCKS, RESIDUAL_DECODER_CONVOLUTIONS = (1, 3, 4) + (6,) * 10, 1
"""Of `ExperimentPlanner` and `ResEncUNetPlanner`, which set them when they are made for a data set."""


@dataclass(frozen=True)
class Plan:
    """What nnU-Net plans for a patch.

    Attributes:
        patch: its size, a multiple of what is pooled.
        topology: strides and kernel sizes of the planned network.
    """

    patch: tuple[int, ...]
    topology: Topology

    def plain(self, in_channels: int, classes: int) -> nn.Module:
        """The network of nnU-Net's default plan, with deep supervision."""
        return self._initialised(
            PlainConvUNet,
            in_channels,
            classes,
            n_conv_per_stage=PLAIN_CONVOLUTIONS,
            n_conv_per_stage_decoder=PLAIN_CONVOLUTIONS,
        )

    def residual(self, in_channels: int, classes: int) -> nn.Module:
        """The network of nnU-Net's plan with residual encoders (`-pl nnUNetPlannerResEnc...`)."""
        return self._initialised(
            ResidualEncoderUNet,
            in_channels,
            classes,
            n_blocks_per_stage=RESIDUAL_BLOCKS[: self.topology.levels],
            n_conv_per_stage_decoder=RESIDUAL_DECODER_CONVOLUTIONS,
        )

    def _initialised(self, kind: type[nn.Module], in_channels: int, classes: int, **blocks: object) -> nn.Module:
        dim, levels = self.topology.dim, self.topology.levels
        network = kind(
            input_channels=in_channels,
            num_classes=classes,
            n_stages=levels,
            features_per_stage=[min(LARGEST_WIDTH[dim], BASE_WIDTH * 2**level) for level in range(levels)],
            conv_op=convert_dim_to_conv_op(dim),
            kernel_sizes=self.topology.kernel_sizes,
            strides=self.topology.strides,
            conv_bias=True,
            norm_op=get_matching_instancenorm(dimension=dim),
            norm_op_kwargs={"eps": 1e-5, "affine": True},
            nonlin=nn.LeakyReLU,
            nonlin_kwargs={"inplace": True},
            deep_supervision=True,
            **blocks,
        )
        network.apply(network.initialize)
        return network


def plan_for(patch: Sequence[int], spacing: Sequence[float]) -> Plan:
    """Plan for a patch; it grows to a multiple of what is pooled, as nnU-Net's would.

    Raises:
        ValueError: if it is so small that it is pooled less than twice: there is no deep supervision then.
    """
    _, strides, kernels, size, _ = get_pool_and_conv_props(spacing, patch, SMALLEST_EDGE, NO_LIMIT)
    if len(strides) < SMALLEST_LEVELS:
        sizes, mm = ("x".join(map(str, numbers)) for numbers in (patch, spacing))
        raise ValueError(f"expected a patch that nnU-Net pools twice, of 16 voxels or more, got {sizes} spaced {mm}")
    return Plan(tuple(int(n) for n in size), Topology(strides, kernels))
