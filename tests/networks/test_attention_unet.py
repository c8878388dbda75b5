import math

import pytest
import torch
from torch import nn

from nnunet_spine.networks import MODIFIED_WIDTHS, AttentionUNet, Topology, UNet
from nnunet_spine.networks.attention_gate import OPEN, AttentionGate

from .conftest import WIDTHS, parameters, settled


@pytest.mark.parametrize("stride", [(2, 2), (1, 2), (1, 1), (3, 1), (1, 2, 2)])
def test_coefficients_lie_between_0_and_1_on_the_grid_of_the_skip(stride):
    gate = AttentionGate(6, 10, stride)
    coarse = (4,) * len(stride)
    fine = [n * s for n, s in zip(coarse, stride, strict=True)]
    alpha = gate.coefficients(10 * torch.randn(2, 6, *fine), 10 * torch.randn(2, 10, *coarse))
    assert alpha.shape == (2, 1, *fine)
    assert 0 < alpha.min() < alpha.max() < 1


def test_the_gate_is_its_equation():
    """One channel each: alpha = sigmoid(2 relu(3 x + 5 g - 1) - 4)."""
    gate = AttentionGate(1, 1, (1, 1))
    for layer, weight in ((gate.of_skip, 3.0), (gate.of_gating, 5.0), (gate.weigh, 2.0)):
        nn.init.constant_(layer.weight, weight)
    nn.init.constant_(gate.of_gating.bias, -1.0)
    nn.init.constant_(gate.weigh.bias, -4.0)
    x = torch.tensor([0.5, 0.5, -0.2]).view(1, 1, 1, 3)
    g = torch.tensor([0.3, 0.1, -0.1]).view(1, 1, 1, 3)
    alpha = [1 / (1 + math.exp(-(2 * s - 4))) for s in (2.0, 1.0, 0.0)]
    expected = torch.tensor(alpha).view(1, 1, 1, 3) * x
    torch.testing.assert_close(gate(x, g), expected)


def test_a_coefficient_is_the_same_for_all_channels_and_goes_over_smoothly():
    """The sum is made on the coarse grid; between its voxels the coefficient is linear."""
    gate = AttentionGate(3, 1, (1, 4))
    nn.init.zeros_(gate.of_skip.weight)
    nn.init.constant_(gate.of_gating.weight, 1.0)
    nn.init.constant_(gate.weigh.weight, 1.0)
    alpha = gate(torch.ones(1, 3, 1, 8), torch.tensor([0.0, -9.0]).view(1, 1, 1, 2) + 2)
    assert torch.equal(alpha[:, :1].expand_as(alpha), alpha)
    inner = alpha[0, 0, 0, 2:6]
    torch.testing.assert_close(inner.diff(), inner.diff().mean().expand(3))
    assert inner.diff().mean() < 0


def test_gates_start_nearly_open():
    """However large the features are, nothing is shut out before anything was learnt: sigmoid(3) is 0.95."""
    network = AttentionUNet(1, 2, WIDTHS)
    assert all(gate.weigh.bias.item() == OPEN for gate in network.decoder.gates)
    for gate in network.decoder.gates:
        nn.init.zeros_(gate.weigh.weight)
        skip = torch.ones(1, gate.of_skip.in_channels, 4, 4)
        gating = torch.ones(1, gate.of_gating.in_channels, 2, 2)
        torch.testing.assert_close(gate(skip, gating), 0.9526 * skip, rtol=1e-3, atol=0)


def test_open_gates_leave_the_unet():
    """Coefficients of 1 make it the U-Net of the same weights, and all it adds are gates: none at the finest level."""
    network = settled(AttentionUNet(1, 2, WIDTHS, deep_supervision=True))
    plain = UNet(1, 2, WIDTHS, auxiliary_heads=True, deep_supervision=True).eval()
    weights = {name: value for name, value in network.state_dict().items() if ".gates." not in name}
    plain.load_state_dict(weights, strict=True)
    x = torch.randn(1, 1, 32, 32)
    assert not torch.allclose(network(x)[0], plain(x)[0], atol=1e-3)
    assert len(network.decoder.gates) == len(WIDTHS) - 2
    for gate in network.decoder.gates:
        nn.init.constant_(gate.weigh.bias, 1e4)
    torch.testing.assert_close(network(x), plain(x))


def test_shut_gates_leave_the_decoder_without_coarse_skips():
    network = settled(AttentionUNet(1, 2, WIDTHS))
    x = torch.randn(1, 1, 32, 32)
    levels = network.encoder(x)
    others = [levels[0], *(torch.randn_like(level) for level in levels[1:-1]), levels[-1]]
    assert not torch.allclose(network.decoder(others), network.decoder(levels), atol=1e-3)
    for gate in network.decoder.gates:
        nn.init.zeros_(gate.weigh.weight)
        nn.init.constant_(gate.weigh.bias, -1e4)
    assert torch.equal(network.decoder(others), network.decoder(levels))


def test_number_of_parameters():
    """A gate on c channels below which there are 2c: 4 c^2 + (2 c^2 + c) + (c + 1)."""
    gates = sum(6 * c * c + 2 * c + 1 for c in (64, 128, 256))
    plain = parameters(UNet(1, 4, MODIFIED_WIDTHS, auxiliary_heads=True))
    assert parameters(AttentionUNet(1, 4)) == plain + gates == 8_284_307


def test_gates_follow_the_strides_of_the_plan():
    network = AttentionUNet(1, 2, (4, 6, 8, 10), Topology(((1, 1), (2, 2), (1, 2), (1, 1)), ((3, 3),) * 4))
    assert [gate.of_skip.stride for gate in network.decoder.gates] == [(1, 1), (1, 2)]
