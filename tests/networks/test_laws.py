"""What holds for every network."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from nnunet_spine.networks import Topology

from .conftest import flat, settled

ODD_PLANS = [
    (Topology.regular(2, 5), (16, 48)),
    (Topology.regular(2, 2).with_levels(5), (6, 2)),
    (Topology(((1, 1), (2, 1), (1, 3), (2, 2), (1, 1)), ((3, 1), (1, 3), (3, 3), (5, 3), (3, 3))), (4, 18)),
    (Topology.regular(3, 3).with_levels(5), (4, 8, 12)),
    (flat(), (2, 16, 24)),
]


@pytest.mark.parametrize(("topology", "size"), ODD_PLANS)
def test_the_output_has_the_size_of_the_input(make, topology, size):
    network = make(3, 5, topology)
    assert network(torch.randn(2, 3, *size)).shape == (2, 5, *size)


@pytest.mark.parametrize(("topology", "size"), ODD_PLANS)
def test_weights_load_with_deep_supervision_on_and_off(make_supervised, topology, size):
    """The first output with it is the output without; every tensor has its place."""
    trained = settled(make_supervised(1, 3, topology, True))
    predicting = make_supervised(1, 3, topology, False).eval()
    predicting.load_state_dict(trained.state_dict(), strict=True)
    x = torch.randn(1, 1, *size)
    outputs = trained(x)
    assert isinstance(outputs, list)
    assert len(outputs) == topology.levels - 1
    assert torch.equal(outputs[0], predicting(x))
    trained.decoder.deep_supervision = False
    assert torch.equal(outputs[0], trained(x))


def test_every_parameter_learns_from_all_outputs(make_supervised):
    network = make_supervised(1, 3, Topology.regular(2, 5), True)
    sum(output.square().sum() for output in network(torch.randn(2, 1, 32, 32))).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_every_parameter_but_of_other_heads_learns_from_one_output(make):
    network = make(1, 3, Topology.regular(2, 5))
    network(torch.randn(2, 1, 32, 32)).square().sum().backward()
    silent = [name for name, p in network.named_parameters() if p.grad is None]
    heads = {name for name, _ in network.decoder.seg_layers[:-1].named_parameters(prefix="decoder.seg_layers")}
    assert set(silent) == heads


def test_a_batch_is_its_samples(make):
    network = settled(make(2, 3, Topology.regular(2, 5)))
    x = torch.randn(3, 2, 16, 32)
    torch.testing.assert_close(network(x), torch.cat([network(sample[None]) for sample in x]), rtol=1e-4, atol=1e-4)


def test_flat_kernels_make_the_2d_network_of_every_slice(make):
    """What a plan for very thick slices asks for: in 3D with kernels and strides of 1 between slices."""
    plane = settled(make(1, 3, Topology.regular(2, 5)))
    levels = ((1, 1, 1), *[(1, 2, 2)] * 4)
    volume = make(1, 3, Topology(levels, ((1, 3, 3),) * 5)).eval()
    own = volume.state_dict()
    volume.load_state_dict({name: value.reshape(own[name].shape) for name, value in plane.state_dict().items()})
    x = torch.randn(2, 1, 3, 16, 32)
    of_slices = torch.stack([plane(x[:, :, k]) for k in range(3)], dim=2)
    torch.testing.assert_close(volume(x), of_slices, rtol=1e-4, atol=1e-4)


def test_mirrored_kernels_make_the_mirrored_output(make_supervised):
    """Pooling, padding and upsampling prefer no side; in `PaperUNet` an odd kernel with an even stride does."""
    network = settled(make_supervised(1, 3, Topology.regular(2, 5)))
    mirrored = copy.deepcopy(network)
    for parameter in mirrored.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.flip(-1)
    x = torch.randn(1, 1, 16, 32)
    torch.testing.assert_close(mirrored(x.flip(-1)).flip(-1), network(x), rtol=1e-4, atol=1e-4)


def test_sizes_that_do_not_fit_are_refused(make):
    with pytest.raises(ValueError, match=r"multiple of \(16, 16\), got \(20, 32\)"):
        make(1, 2, Topology.regular(2, 5))(torch.zeros(1, 1, 20, 32))


def test_the_network_compiles_in_one_graph(make):
    network = settled(make(1, 2, Topology.regular(2, 5)))
    x = torch.randn(1, 1, 16, 16)
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(network, backend="eager", fullgraph=True)(x), network(x))


def test_the_switch_of_deep_supervision_reaches_a_compiled_network(make_supervised):
    """nnU-Net compiles in training and switches it off for the validation at the end."""
    network = make_supervised(1, 2, Topology.regular(2, 5), True).eval()
    torch._dynamo.reset()
    compiled = torch.compile(network, backend="eager", fullgraph=True)
    x = torch.randn(1, 1, 16, 16)
    first = compiled(x)[0]
    compiled._orig_mod.decoder.deep_supervision = False
    torch.testing.assert_close(compiled(x), first)


def test_half_precision_stays_near(make):
    network = settled(make(1, 3, Topology.regular(2, 5)))
    x = torch.randn(1, 1, 16, 32)
    with torch.autocast("cpu", torch.bfloat16):
        half = network(x)
    full = network(x)
    assert half.dtype == torch.bfloat16
    assert (half.float() - full).abs().mean() < 0.05 * full.std()


def test_norms_become_those_of_several_gpus(make):
    """Conversion for DistributedDataParallel: as many parameters, the same names, the same output."""
    network = settled(make(1, 3, Topology.regular(2, 5)))
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(copy.deepcopy(network))
    assert not any(type(module) is nn.BatchNorm2d for module in converted.modules())
    assert sum(p.numel() for p in converted.parameters()) == sum(p.numel() for p in network.parameters())
    assert converted.state_dict().keys() == network.state_dict().keys()
    x = torch.randn(1, 1, 16, 32)
    torch.testing.assert_close(converted(x), network(x))


def test_names_are_those_that_nnunet_expects(make):
    network = make(1, 3, Topology.regular(2, 5))
    names = set(network.state_dict())
    assert all(name.startswith(("encoder.", "decoder.")) for name in names)
    of_output = {name for name, weights in network.named_parameters() if weights.shape[0] == 3 and weights.dim() == 4}
    assert of_output
    assert all(".seg_layers." in name for name in of_output)
