"""What the networks are built of, from nnU-Net's own library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dynamic_network_architectures.building_blocks.helper import (
    convert_dim_to_conv_op,
    get_matching_batchnorm,
    get_matching_convtransp,
)
from dynamic_network_architectures.building_blocks.plain_conv_encoder import PlainConvEncoder
from dynamic_network_architectures.building_blocks.simple_conv_blocks import StackedConvBlocks
from torch import nn

from nnunet_spine.networks.topology import Topology

CONVOLUTIONS = 2
"""Convolutions of a block."""


def make_encoder(in_channels: int, widths: Sequence[int], topology: Topology) -> PlainConvEncoder:
    """Encoder that gives the features of every level, the finest first: blocks with max pooling between them.

    Raises:
        ValueError: if there is not one width for every level.
    """
    if len(widths) != topology.levels or min(widths) < 1:
        raise ValueError(f"widths: expected {topology.levels} channel numbers for as many levels, got {tuple(widths)}")
    return PlainConvEncoder(
        input_channels=in_channels,
        n_stages=topology.levels,
        features_per_stage=tuple(widths),
        kernel_sizes=topology.kernel_sizes,
        strides=topology.strides,
        n_conv_per_stage=CONVOLUTIONS,
        return_skips=True,
        pool="max",
        **_style(topology.dim),
    )


def make_block(in_channels: int, out_channels: int, kernel_size: Sequence[int]) -> StackedConvBlocks:
    """Twice convolution with bias, batch normalisation, LeakyReLU; keeps the size."""
    return StackedConvBlocks(
        CONVOLUTIONS,
        input_channels=in_channels,
        output_channels=out_channels,
        kernel_size=kernel_size,
        initial_stride=1,
        **_style(len(kernel_size)),
    )


def make_up(in_channels: int, out_channels: int, stride: Sequence[int]) -> nn.Module:
    """Transposed convolution that brings features back to the level above, without overlap."""
    return get_matching_convtransp(dimension=len(stride))(in_channels, out_channels, stride, stride)


def _style(dim: int) -> dict[str, Any]:
    return {
        "conv_op": convert_dim_to_conv_op(dim),
        "conv_bias": True,
        "norm_op": get_matching_batchnorm(dimension=dim),
        "nonlin": nn.LeakyReLU,
        "nonlin_kwargs": {"inplace": True},
    }
