"""Small networks of every kind, and what tests ask of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from nnunet_spine.networks import AttentionUNet, EncoderDecoder, PaperUNet, Topology, UNet, UNetPlusPlus

WIDTHS = (4, 6, 8, 10, 12)

SUPERVISED: dict[str, Callable[..., EncoderDecoder]] = {
    "UNet": lambda i, o, topology, ds=False: UNet(i, o, WIDTHS, topology, auxiliary_heads=True, deep_supervision=ds),
    "AttentionUNet": lambda i, o, topology, ds=False: AttentionUNet(i, o, WIDTHS, topology, ds),
    "UNetPlusPlus": lambda i, o, topology, ds=False: UNetPlusPlus(i, o, WIDTHS, topology, ds),
}
SINGLE: dict[str, Callable[..., EncoderDecoder]] = {
    "one head": lambda i, o, topology: UNet(i, o, WIDTHS, topology),
    "PaperUNet": lambda i, o, topology: PaperUNet(i, o, topology),
}
EVERY = SUPERVISED | SINGLE


@pytest.fixture(params=EVERY)
def make(request: pytest.FixtureRequest) -> Callable[..., EncoderDecoder]:
    """Makes a network of each kind, of channels and a topology of five levels."""
    return EVERY[request.param]


@pytest.fixture(params=SUPERVISED)
def make_supervised(request: pytest.FixtureRequest) -> Callable[..., EncoderDecoder]:
    """The same with auxiliary heads only, with deep supervision as a last argument."""
    return SUPERVISED[request.param]


@pytest.fixture(autouse=True)
def _same_weights_every_time() -> None:
    torch.manual_seed(0)


def settled(network: nn.Module) -> nn.Module:
    """A network in evaluation, with statistics of its norms as after a training."""
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.BatchNorm3d)):
            nn.init.normal_(module.running_mean, 0, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.normal_(module.bias, 0, 0.5)
    return network.eval()


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def flat() -> Topology:
    """As nnU-Net plans thick slices: the first two levels within a slice, as far as kernels and pooling go."""
    kernels = ((1, 3, 3), (1, 3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3))
    return Topology(((1, 1, 1), (1, 2, 2), (1, 2, 2), (2, 2, 2), (1, 2, 1)), kernels)
