import pytest
import torch
from torch import nn

from nnunet_spine.networks import PaperUNet, Topology

from .conftest import parameters


def counted(in_channels: int, classes: int) -> int:
    """Trainable parameters, layer by layer, of the code that the paper published."""

    def conv(before: int, after: int, kernel: int = 3) -> int:
        return (kernel**2 * before + 1) * after

    def block(before: int, after: int) -> int:
        return conv(before, after) + 2 * after + conv(after, after)

    encoder = [(in_channels, 16), (16, 32), (32, 64), (64, 128), (128, 256), (256, 512)]
    decoder = [(256 + 128, 256), (128 + 64, 128), (64 + 32, 64), (32 + 16, 32)]
    ups = conv(512, 256) + 2 * 256 + conv(256, 128, 2) + conv(128, 64, 2) + conv(64, 32, 2)
    return sum(block(*pair) for pair in encoder + decoder) + ups + conv(32, classes, 1)


def test_it_has_the_parameters_of_the_published_code():
    assert parameters(PaperUNet(1, 4)) == counted(1, 4) == 8_033_588
    assert parameters(PaperUNet(3, 14)) == counted(3, 14)


def test_the_block_of_512_channels_is_not_pooled():
    levels = PaperUNet(1, 4).eval().encoder(torch.randn(1, 1, 32, 48))
    assert [tuple(level.shape[1:]) for level in levels] == [
        (16, 32, 48),
        (32, 16, 24),
        (64, 8, 12),
        (128, 4, 6),
        (512, 2, 3),
    ]


def test_dropout_acts_in_training_alone():
    network = PaperUNet(1, 4)
    rates = [module.p for module in network.modules() if isinstance(module, nn.Dropout)]
    assert rates == [0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.2, 0.2, 0.1, 0.1]
    x = torch.randn(2, 1, 16, 16)
    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))


def test_weights_are_those_of_glorot():
    """Uniform within sqrt(6 / (fan_in + fan_out))."""
    weights = PaperUNet(1, 4).encoder.stages[-1][-1][4].weight
    limit = (6 / (9 * 512 * 2)) ** 0.5
    assert limit * 0.999 < weights.abs().max() <= limit
    assert weights.std().item() == pytest.approx(limit / 3**0.5, rel=0.01)


def test_another_number_of_levels_is_refused():
    with pytest.raises(ValueError, match="topology: expected 5 levels, got 4"):
        PaperUNet(1, 4, Topology.regular(2, 4))
