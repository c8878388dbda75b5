from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nnunet_spine.features.pooling import Labelled, pooled, structure_means
from nnunet_spine.features.tiles import Tiling, padded


def named(**modules: nn.Module) -> nn.Module:
    network = nn.Sequential()
    for name, module in modules.items():
        network.add_module(name, module)
    return network.eval()


def test_the_mean_over_a_structure_is_that_of_its_voxels():
    """A layer that doubles its input, in place like nnU-Net's non-linearities, and one behind it that negates."""
    double, negate = nn.Conv2d(1, 1, 1, bias=False), nn.Conv2d(1, 1, 1, bias=False)
    nn.init.constant_(double.weight, 2)
    nn.init.constant_(negate.weight, -1)
    network = named(scale=double, relu=nn.ReLU(inplace=True), negate=negate)
    image = torch.tensor([[[1.0, 2.0, -3.0], [4.0, 5.0, 6.0]]])
    what = Labelled(image, torch.tensor([[3, 1, 1], [0, 2, 2]]), [[1, 3], [2]])
    means = structure_means(network, ["scale", "relu", "negate"], what, (2, 3))
    assert torch.allclose(means["scale"], torch.tensor([[0.0], [11.0]]).double(), atol=1e-6)
    assert torch.allclose(means["relu"], torch.tensor([[2.0], [11.0]]).double(), atol=1e-6)
    assert torch.allclose(means["negate"], -means["relu"], atol=1e-6)


def test_a_coarse_voxel_counts_by_its_share_of_the_structure():
    features = torch.tensor([[[[10.0, 20.0]], [[1.0, 3.0]]]])  # two channels, one row of two
    weights = torch.tensor([[[1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]]])  # 4/4 and 1/4 of the two voxels
    sums, mass = pooled(features, weights)
    assert torch.allclose(sums / mass, torch.tensor([[(10 + 0.25 * 20) / 1.25, (1 + 0.25 * 3) / 1.25]]).double())


@pytest.mark.parametrize(("size", "tile"), [((9, 14), (4, 6)), ((4, 6), (4, 6)), ((7, 9, 8), (4, 6, 8))])
def test_every_voxel_counts_once(size: tuple[int, ...], tile: tuple[int, ...]):
    tiling, total = Tiling(size, tile), torch.zeros(size)
    for place in tiling.places:
        total[place] += tiling.share(place)
    assert torch.allclose(total, torch.ones(size))


def test_tiles_change_nothing_where_a_network_sees_no_neighbours():
    torch.manual_seed(0)
    network = named(one=nn.Conv2d(1, 3, 1), two=nn.Tanh())
    what = Labelled(torch.randn(1, 20, 23), torch.randint(0, 3, (20, 23)), [[1], [2]])
    whole = structure_means(network, ["two"], what, (20, 23))["two"]
    masks = torch.stack([what.labels == 1, what.labels == 2]).float()
    expected = torch.einsum("syx,cyx->sc", masks, network(what.image[None])[0]) / masks.sum((1, 2))[:, None]
    assert torch.allclose(whole, expected.double(), atol=1e-5)
    assert torch.allclose(structure_means(network, ["two"], what, (8, 9))["two"], whole, atol=1e-5)


def test_an_activation_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="layer log: activations are NaN or infinite in channels 0"):
        structure_means(named(log=Log()), ["log"], Labelled(-torch.ones(1, 4, 4), torch.ones(4, 4), [[1]]), (4, 4))


class Log(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.log()


def test_padding_is_nnunets():
    """By acvl_utils, which nnU-Net pads by."""
    from acvl_utils.cropping_and_padding.padding import pad_nd_image

    image = np.arange(2 * 3 * 4, dtype=np.float32).reshape(1, 2, 3, 4)
    theirs = pad_nd_image(image, (6, 4), "constant", {"constant_values": 0})
    assert np.array_equal(padded(torch.from_numpy(image), (6, 4), 0).numpy(), theirs)
