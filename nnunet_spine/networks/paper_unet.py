"""The modified U-Net of arXiv 2409.06018 as its published code has it, which is not quite what its text says.

Ahmed et al., Pioneering precision in lumbar spine MRI segmentation with advanced deep learning and data enhancement,
2024 (https://arxiv.org/abs/2409.06018), and `Model/model.py` of istiak769/Lumbar-Spine-MRI-Segementation on GitHub.
Read off that file, a Keras model:

    encoder   widths 16-32-64-128-256 with four poolings between them, then a block of 512 that is not pooled
    decoder   widths 256-128-64-32, twice those of the skip connections
    block     convolution, ReLU, BatchNorm, dropout, convolution, ReLU; dropout of 0.1 to 0.3, single elements
    up        transposed convolution of kernel 2 without anything behind it; the first one of kernel 3, with BatchNorm
              and LeakyReLU of slope 0.1: what the abstract calls the upsample block
    weights   Glorot uniform throughout; BatchNorm with Keras' defaults

`UNet` with `MODIFIED_WIDTHS` is the network as it is commonly summarised: LeakyReLU, He, 32-64-128-256-512.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from dynamic_network_architectures.building_blocks.helper import (
    convert_dim_to_conv_op,
    get_matching_batchnorm,
    get_matching_convtransp,
    get_matching_pool_op,
)
from dynamic_network_architectures.initialization.weight_init import InitWeights_XavierUniform
from torch import nn

from nnunet_spine.networks.blocks import make_up
from nnunet_spine.networks.encoder_decoder import EncoderDecoder
from nnunet_spine.networks.heads import Heads, SupervisedDecoder
from nnunet_spine.networks.topology import Topology

ENCODER_WIDTHS = (16, 32, 64, 128, 256)
ENCODER_DROPOUT = (0.1, 0.1, 0.2, 0.2, 0.3)
BOTTLENECK_WIDTH, BOTTLENECK_DROPOUT = 512, 0.3
DECODER_WIDTHS = (32, 64, 128, 256)
DECODER_DROPOUT = (0.1, 0.1, 0.2, 0.2)
"""Of the levels, the finest first."""

KERAS_NORM = {"eps": 1e-3, "momentum": 0.01}
"""Keras calls 0.99 what is 0.01 here: the share of the old mean instead of that of the new one."""


class PaperUNet(EncoderDecoder):
    """The network of the paper's code, in 2D as there, and in 3D; always with one output.

    Args:
        in_channels: channels of the image.
        out_channels: number of output maps (logits).
        topology: strides and kernel sizes of 5 levels; None for 2D with kernels of 3 that halves every axis.

    Raises:
        ValueError: if the topology has another number of levels.
    """

    def __init__(self, in_channels: int, out_channels: int, topology: Topology | None = None) -> None:
        topology = topology or Topology.regular(2, len(ENCODER_WIDTHS))
        if topology.levels != len(ENCODER_WIDTHS):
            raise ValueError(f"topology: expected {len(ENCODER_WIDTHS)} levels, got {topology.levels}")
        heads = Heads(out_channels, auxiliary=False)
        super().__init__(topology, PaperEncoder(in_channels, topology), PaperDecoder(topology, heads))
        self.apply(InitWeights_XavierUniform())


class PaperEncoder(nn.Module):
    """Five levels, the deepest of two blocks."""

    def __init__(self, in_channels: int, topology: Topology) -> None:
        super().__init__()
        pool = get_matching_pool_op(dimension=topology.dim, pool_type="max")
        inputs = (in_channels, *ENCODER_WIDTHS[:-1])
        levels = zip(inputs, ENCODER_WIDTHS, topology.kernel_sizes, ENCODER_DROPOUT, topology.strides, strict=True)
        self.stages = nn.ModuleList(
            nn.Sequential(pool(stride) if max(stride) > 1 else nn.Identity(), _block(before, after, kernel, dropout))
            for before, after, kernel, dropout, stride in levels
        )
        self.stages[-1].append(
            _block(ENCODER_WIDTHS[-1], BOTTLENECK_WIDTH, topology.kernel_sizes[-1], BOTTLENECK_DROPOUT)
        )

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Features of every level, the finest first."""
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        return levels


class PaperDecoder(SupervisedDecoder):
    """Four levels, each twice as wide as the encoder's, and one head."""

    def __init__(self, topology: Topology, heads: Heads) -> None:
        upwards = range(topology.levels - 2, -1, -1)
        super().__init__([DECODER_WIDTHS[i] for i in upwards], topology.dim, heads)
        self.transpconvs = nn.ModuleList(
            [
                _upsample_block(BOTTLENECK_WIDTH, DECODER_WIDTHS[-1], topology.kernel_sizes[-1], topology.strides[-1]),
                *(make_up(DECODER_WIDTHS[i + 1], DECODER_WIDTHS[i], topology.strides[i + 1]) for i in upwards[1:]),
            ]
        )
        self.stages = nn.ModuleList(
            _block(
                DECODER_WIDTHS[i] + ENCODER_WIDTHS[i], DECODER_WIDTHS[i], topology.kernel_sizes[i], DECODER_DROPOUT[i]
            )
            for i in upwards
        )

    def forward(self, levels: Sequence[torch.Tensor]) -> torch.Tensor | list[torch.Tensor]:
        """Logits of the encoder's features, given the finest first."""
        x = levels[-1]
        for step, (up, stage) in enumerate(zip(self.transpconvs, self.stages, strict=True)):
            x = stage(torch.cat((up(x), levels[-2 - step]), dim=1))
        return self.outputs([x])


def _block(in_channels: int, out_channels: int, kernel_size: Sequence[int], dropout: float) -> nn.Sequential:
    dim = len(kernel_size)
    conv, padding = convert_dim_to_conv_op(dim), [size // 2 for size in kernel_size]
    return nn.Sequential(
        conv(in_channels, out_channels, kernel_size, padding=padding),
        nn.ReLU(inplace=True),
        get_matching_batchnorm(dimension=dim)(out_channels, **KERAS_NORM),
        nn.Dropout(dropout),
        conv(out_channels, out_channels, kernel_size, padding=padding),
        nn.ReLU(inplace=True),
    )


def _upsample_block(
    in_channels: int, out_channels: int, kernel_size: Sequence[int], stride: Sequence[int]
) -> nn.Sequential:
    """With overlap; PyTorch centres the kernel one voxel beside Keras, which learned weights make up for."""
    dim = len(stride)
    up, padding, beyond = get_matching_convtransp(dimension=dim), [n // 2 for n in kernel_size], [n - 1 for n in stride]
    return nn.Sequential(
        up(in_channels, out_channels, kernel_size, stride, padding, output_padding=beyond),
        get_matching_batchnorm(dimension=dim)(out_channels, **KERAS_NORM),
        nn.LeakyReLU(0.1, inplace=True),
    )
