import pytest
import torch

from nnunet_spine.networks import MODIFIED_WIDTHS, REPORT_WIDTHS, UNet


def parameters(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_the_networks_of_the_studies_have_their_number_of_parameters():
    assert parameters(UNet(1, 14, REPORT_WIDTHS)) == 487_262
    assert parameters(UNet(1, 4, MODIFIED_WIDTHS)) == 7_765_508


@pytest.mark.parametrize(
    ("strides", "size"),
    [
        (None, (32, 48)),
        ([(2, 2), (2, 1), (1, 1), (1, 1)], (4, 2)),
        ([(1, 2, 2), (1, 2, 2), (2, 2, 2), (1, 1, 1)], (6, 16, 24)),
    ],
)
def test_the_output_has_the_size_of_the_input(strides, size):
    network = UNet(1, 5, (4, 8, 12, 16, 20), strides)
    assert network(torch.randn(2, 1, *size)).shape == (2, 5, *size)


def test_every_parameter_learns():
    network = UNet(1, 3, (4, 8, 16), [(2, 2)] * 2)
    network(torch.randn(2, 1, 16, 16)).square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


@pytest.mark.parametrize("strides", [[(2, 2)] * 3, [(2,)] * 4, [(2, 2)] * 3 + [(2, 2, 2)]])
def test_strides_that_do_not_fit_are_refused(strides):
    with pytest.raises(ValueError, match="strides"):
        UNet(1, 4, REPORT_WIDTHS, strides)
