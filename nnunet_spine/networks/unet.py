"""The U-Net of the lumbar spine studies: small, with batch normalisation and max pooling.

Ronneberger et al., U-Net, MICCAI 2015 (https://arxiv.org/abs/1505.04597), in the form of the seed study: two 3x3
convolutions with bias, BatchNorm and LeakyReLU a level, max pooling, transposed convolutions that halve the width, He
initialisation. Widths 8-16-32-64-128 with 14 outputs have 487,262 parameters, 32-64-128-256-512 with 4 have 7,765,508.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

REPORT_WIDTHS = (8, 16, 32, 64, 128)
MODIFIED_WIDTHS = (32, 64, 128, 256, 512)

_CONV = {2: nn.Conv2d, 3: nn.Conv3d}
_TRANSPOSED = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
_NORM = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
_POOL = {2: nn.MaxPool2d, 3: nn.MaxPool3d}


class UNet(nn.Module):
    """U-Net in 2D or 3D.

    Every axis of the input has to be a multiple of the product of its strides.

    Args:
        in_channels: channels of the image.
        out_channels: number of output maps (logits).
        widths: channels of each level, the bottleneck last.
        strides: pooling factor of each axis between two levels, `len(widths) - 1` tuples; their length is the
            dimension. None means 2 everywhere, in 2D.

    Raises:
        ValueError: if the strides do not match the widths, or are neither 2D nor 3D.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        widths: Sequence[int] = REPORT_WIDTHS,
        strides: Sequence[Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        strides = [tuple(stride) for stride in strides] if strides is not None else [(2, 2)] * (len(widths) - 1)
        dimensions = {len(stride) for stride in strides}
        if len(strides) != len(widths) - 1 or dimensions not in ({2}, {3}):
            raise ValueError(
                f"strides: expected {len(widths) - 1} tuples of 2 or 3 integers for {len(widths)} levels, got {strides}"
            )
        self.strides = strides
        dim = dimensions.pop()
        inputs = (in_channels, *widths[:-1])
        self.encoder = nn.ModuleList(double_conv(dim, i, o) for i, o in zip(inputs, widths, strict=True))
        self.pool = nn.ModuleList(_POOL[dim](stride) for stride in strides)
        self.up = nn.ModuleList(
            _TRANSPOSED[dim](deep, shallow, kernel_size=stride, stride=stride)
            for shallow, deep, stride in zip(widths[:-1], widths[1:], strides, strict=True)
        )
        self.decoder = nn.ModuleList(double_conv(dim, 2 * width, width) for width in widths[:-1])
        self.head = _CONV[dim](widths[0], out_channels, kernel_size=1)
        self.apply(_initialise)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map an image (B, in_channels, [D,] H, W) to logits (B, out_channels, [D,] H, W)."""
        skips = []
        for block, pool in zip(self.encoder, self.pool, strict=False):
            skips.append(block(x))
            x = pool(skips[-1])
        x = self.encoder[-1](x)
        for block, up in zip(reversed(self.decoder), reversed(self.up), strict=True):
            x = block(torch.cat((skips.pop(), up(x)), dim=1))
        return self.head(x)


def double_conv(dim: int, in_channels: int, out_channels: int) -> nn.Sequential:
    """Twice convolution (kernel 3, bias), batch normalisation, LeakyReLU; keeps the size."""
    layers: list[nn.Module] = []
    for channels in (in_channels, out_channels):
        layers += [
            _CONV[dim](channels, out_channels, kernel_size=3, padding=1),
            _NORM[dim](out_channels),
            nn.LeakyReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.ConvTranspose3d)):
        nn.init.kaiming_normal_(module.weight, a=0.01)
        nn.init.zeros_(module.bias)
