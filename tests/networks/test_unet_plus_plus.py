import pytest
import torch

from nnunet_spine.networks import Topology, UNetPlusPlus

from .conftest import WIDTHS, parameters, settled


def test_nodes_form_a_triangle_and_see_all_before_them():
    decoder = UNetPlusPlus(1, 2, WIDTHS).decoder
    assert set(decoder.stages) == {f"{i}_{j}" for i in range(4) for j in range(1, 5 - i)}
    for i, j in decoder.places:
        before = (j + 1) * WIDTHS[i]
        assert decoder.stages[f"{i}_{j}"].convs[0].conv.in_channels == before
        assert decoder.transpconvs[f"{i}_{j}"].in_channels == WIDTHS[i + 1]


def test_number_of_parameters():
    """With one output and the paper's widths; the paper gives 9.04 million, without normalisation."""
    network = UNetPlusPlus(1, 1)
    norms = sum(m.weight.numel() + m.bias.numel() for m in {*network.modules()} if isinstance(m, torch.nn.BatchNorm2d))
    assert parameters(network) == 9_048_996
    assert (parameters(network) - norms) / 1e6 == pytest.approx(9.04, abs=0.005)


def test_outputs_are_of_full_resolution():
    topology = Topology(((1, 1), (2, 1), (2, 2), (1, 2), (1, 1)), ((3, 3),) * 5)
    outputs = UNetPlusPlus(1, 3, WIDTHS, topology, deep_supervision=True)(torch.randn(2, 1, 8, 12))
    assert [tuple(output.shape) for output in outputs] == [(2, 3, 8, 12)] * 4


def test_an_output_is_that_of_a_network_within_which_knows_no_deeper_level():
    """The output of column j, which comes j-th from behind, changes with levels up to j and with no other."""
    network = settled(UNetPlusPlus(1, 2, WIDTHS, deep_supervision=True))
    levels = network.encoder(torch.randn(1, 1, 32, 32))
    before = network.decoder(levels)
    for deepest in range(1, 5):
        changed = [*levels]
        changed[deepest] = torch.randn_like(levels[deepest])
        same = [torch.equal(a, b) for a, b in zip(before, network.decoder(changed), strict=True)]
        assert same == [column < deepest for column in (4, 3, 2, 1)]


def test_a_network_within_is_a_shallower_unet_plus_plus():
    """Weights of the first levels alone make the network of three levels, whose outputs are the last ones of this."""
    whole = settled(UNetPlusPlus(1, 2, WIDTHS, deep_supervision=True))
    within = UNetPlusPlus(1, 2, WIDTHS[:3], deep_supervision=True).eval()
    within.load_state_dict({name: whole.state_dict()[name] for name in within.state_dict()}, strict=True)
    x = torch.randn(1, 1, 32, 32)
    torch.testing.assert_close(whole(x)[2:], within(x))
