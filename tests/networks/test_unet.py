import pytest
import torch
from torch import nn

from nnunet_spine.networks import MODIFIED_WIDTHS, REPORT_WIDTHS, Topology, UNet

from .conftest import parameters


def test_the_networks_of_the_studies_have_their_number_of_parameters():
    assert parameters(UNet(1, 14, REPORT_WIDTHS)) == 487_262
    assert parameters(UNet(1, 4, MODIFIED_WIDTHS)) == 7_765_508


def test_auxiliary_heads_are_all_that_deep_supervision_adds():
    """A head has a weight for every channel and class, and a bias for every class."""
    added = parameters(UNet(1, 14, REPORT_WIDTHS, auxiliary_heads=True)) - 487_262
    assert added == sum((width + 1) * 14 for width in (16, 32, 64))


def test_it_is_made_of_what_the_studies_name():
    kinds = [type(module) for module in UNet(1, 4).modules()]
    assert {nn.Conv2d, nn.BatchNorm2d, nn.LeakyReLU, nn.MaxPool2d, nn.ConvTranspose2d} < set(kinds)
    assert (kinds.count(nn.MaxPool2d), kinds.count(nn.ConvTranspose2d)) == (4, 4)
    assert not {nn.InstanceNorm2d, nn.Dropout, nn.Dropout2d, nn.Upsample} & set(kinds)


def test_weights_are_those_of_he():
    """Deviation sqrt(2 / ((1 + slope^2) fan_in)), of a convolution and of a transposed one."""
    network = UNet(1, 4, MODIFIED_WIDTHS)
    for weights, fan_in in (
        (network.encoder.stages[-1][-1].convs[1].conv.weight, 9 * 512),
        (network.decoder.transpconvs[0].weight, 4 * 256),
    ):
        assert weights.std().item() == pytest.approx((2 / (1.0001 * fan_in)) ** 0.5, rel=0.01)
    assert all(
        not module.bias.any() for module in network.modules() if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d))
    )


def test_outputs_are_the_levels_of_the_plan_finest_first():
    topology = Topology(((1, 1), (2, 1), (2, 2)), ((3, 3),) * 3)
    network = UNet(1, 5, (4, 6, 8), topology, auxiliary_heads=True, deep_supervision=True)
    assert [tuple(output.shape) for output in network(torch.randn(2, 1, 8, 6))] == [(2, 5, 8, 6), (2, 5, 4, 6)]


def test_a_network_with_one_head_has_single_output():
    with pytest.raises(ValueError, match="without auxiliary heads"):
        UNet(1, 4, deep_supervision=True)
    network = UNet(1, 4)
    network.decoder.deep_supervision = True
    assert [output.shape for output in network(torch.randn(1, 1, 16, 32))] == [(1, 4, 16, 32)]
