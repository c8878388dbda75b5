from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from dynamic_network_architectures.architectures.unet import PlainConvUNet, ResidualEncoderUNet
from torch import nn

from nnunet_spine.features.layers import Layer, choose_layers, default_layers, listing, short_names, trace
from nnunet_spine.networks import AttentionUNet, PaperUNet, Topology, UNet, UNetPlusPlus

WIDTHS = (2, 3, 4)


def of_nnunet(kind: type[nn.Module], dim: int, **blocks: object) -> nn.Module:
    conv, norm = (nn.Conv2d, nn.InstanceNorm2d) if dim == 2 else (nn.Conv3d, nn.InstanceNorm3d)
    return kind(
        *(1, 3, WIDTHS, conv, 3, (1, 2, 2)),
        **blocks,
        num_classes=4,
        n_conv_per_stage_decoder=1,
        conv_bias=True,
        norm_op=norm,
        nonlin=nn.LeakyReLU,
        nonlin_kwargs={"inplace": True},
    )


def plain_names() -> list[str]:
    return [*(f"encoder.stages.{k}" for k in range(3)), *(f"decoder.stages.{k}" for k in range(2))]


NETWORKS: dict[str, tuple[Callable[[int], nn.Module], list[str]]] = {
    "UNet": (lambda dim: UNet(1, 4, WIDTHS, Topology.regular(dim, 3)), plain_names()),
    "AttentionUNet": (lambda dim: AttentionUNet(1, 4, WIDTHS, Topology.regular(dim, 3)), plain_names()),
    "UNetPlusPlus": (
        lambda dim: UNetPlusPlus(1, 4, WIDTHS, Topology.regular(dim, 3)),
        [*plain_names()[:3], "decoder.stages.0_1", "decoder.stages.1_1", "decoder.stages.0_2"],
    ),
    "PaperUNet": (
        lambda dim: PaperUNet(1, 4, Topology.regular(dim, 5)),
        [*(f"encoder.stages.{k}" for k in range(5)), *(f"decoder.stages.{k}" for k in range(4))],
    ),
    "PlainConvUNet": (lambda dim: of_nnunet(PlainConvUNet, dim, n_conv_per_stage=2), plain_names()),
    "ResidualEncoderUNet": (lambda dim: of_nnunet(ResidualEncoderUNet, dim, n_blocks_per_stage=2), plain_names()),
}


def traced(name: str, dim: int = 2) -> list[Layer]:
    return trace(NETWORKS[name][0](dim).eval(), torch.zeros((1, 1, *(32,) * dim)))


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_stages_of_every_network_are_found_in_the_order_in_which_they_run(name: str, dim: int):
    layers = traced(name, dim)
    stages = default_layers(layers)
    assert [layer.name for layer in stages] == NETWORKS[name][1]
    assert all(len(layer.size) == dim for layer in layers)
    assert stages[-1].size == (32,) * dim
    encoder = [layer.size for layer in stages if layer.name.startswith("encoder")]
    assert encoder == sorted(encoder, reverse=True)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_module_comes_after_those_in_it(name: str):
    names = [layer.name for layer in traced(name)]
    assert len(set(names)) == len(names)
    for place, one in enumerate(names):
        assert not any(other.startswith(f"{one}.") for other in names[place + 1 :])


def test_a_network_without_stages_has_the_last_layer_of_every_size():
    network = nn.Sequential(
        *(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(2, 3, 3, padding=1)),
        nn.Upsample(scale_factor=2),
    )
    layers = trace(network, torch.zeros(1, 1, 8, 8))
    assert [(layer.name, layer.size) for layer in default_layers(layers)] == [
        ("1", (8, 8)),
        ("3", (4, 4)),
        ("4", (8, 8)),
    ]


def test_layers_are_chosen_by_names_and_patterns_in_their_order():
    layers = traced("UNet")
    chosen = choose_layers(layers, ["decoder.stages.*[01]", "encoder.stages.1"])
    assert [layer.name for layer in chosen if layer.name.count(".") == 2] == [
        *("encoder.stages.1", "decoder.stages.0", "decoder.stages.1")
    ]
    with pytest.raises(ValueError, match=r"encoder\.stage\.1.*did you mean.*encoder\.stages\.1"):
        choose_layers(layers, ["encoder.stage.1"])
    with pytest.raises(ValueError, match="no layer is called so; see --list-layers"):
        choose_layers(layers, ["qqq"])


def test_the_listing_has_a_line_for_each_and_stars_for_the_stages():
    lines = listing(traced("UNet")).splitlines()
    assert [line.split()[1] for line in lines if line.startswith("*")] == plain_names()
    assert "2 x 32x32" in lines[0]


def test_short_names_stay_distinct():
    assert short_names(plain_names()) == ["encoder 0", "encoder 1", "encoder 2", "decoder 0", "decoder 1"]
    assert short_names(["a.stages.0", "a.0"]) == ["a.stages.0", "a.0"]
