import copy

import pytest
import torch
from torch import nn

from nnunet_spine.networks import UNet
from nnunet_spine.networks.precision import compute_in_bf16
from nnunet_spine.training.muon import STEP, Muon, hidden_convolutions, orthogonalised


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def give_gradients(network: nn.Module, scale: float = 1.0) -> None:
    draw = rng(1)
    for p in network.parameters():
        p.grad = scale * torch.randn(p.shape, generator=draw)


@pytest.mark.parametrize("shape", [(16, 144), (64, 96), (144, 16), (8, 72)])
def test_singular_values_come_near_one_and_singular_vectors_stay(shape):
    matrix = torch.randn(shape, generator=rng())
    made = orthogonalised(matrix)
    values = torch.linalg.svdvals(made)
    assert values.min() > 0.5
    assert values.max() < 1.3
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    inner = left.T @ made @ right.T
    assert (inner - inner.diag().diag()).abs().max() < 1e-3


def test_zeros_stay_zeros():
    assert torch.equal(orthogonalised(torch.zeros(3, 5)), torch.zeros(3, 5))


def test_it_is_for_convolutions_between_the_image_and_the_heads():
    network = UNet(1, 4)
    names = {id(p): name for name, p in network.named_parameters()}
    hidden = [names[id(p)] for p in hidden_convolutions(network)]
    assert len(hidden) == 17  # of 5 + 4 blocks of two; the first sees the image
    assert not any("transp" in name or "seg" in name or name.endswith("bias") for name in hidden)
    assert "encoder.stages.0.0.convs.0.conv.weight" not in hidden


def test_every_parameter_that_wants_a_gradient_is_optimised_once():
    network = UNet(1, 4)
    frozen = network.decoder.stages[0].convs[0].conv.weight.requires_grad_(False)
    groups = Muon(network, lr=0.1).param_groups
    taken = [id(p) for group in groups for p in group["params"]]
    assert sorted(taken) == sorted(id(p) for p in network.parameters() if p is not frozen)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_the_size_of_a_step_does_not_depend_on_that_of_the_gradient(scale):
    network = nn.Conv2d(16, 32, 3, bias=False)
    before = network.weight.detach().clone()
    give_gradients(network, scale)
    Muon(network, lr=0.5).step()
    step = (network.weight.detach() - before).square().mean().sqrt()
    assert float(step) == pytest.approx(0.5 * STEP, rel=0.2)


def test_what_is_no_hidden_convolution_goes_as_with_adamw():
    network = nn.Sequential(nn.Linear(7, 5), nn.BatchNorm1d(5), nn.Linear(5, 2))
    other = copy.deepcopy(network)
    ours = Muon(network, lr=0.01, weight_decay=0.1)
    theirs = torch.optim.AdamW(other.parameters(), lr=0.01, weight_decay=0.1)
    for step in range(20):
        for one, optimizer in ((network, ours), (other, theirs)):
            give_gradients(one, 0.5 + step)
            optimizer.step()
    for p, q in zip(network.parameters(), other.parameters(), strict=True):
        assert torch.allclose(p, q, atol=1e-6)


def test_weights_decay_and_parameters_without_gradient_stay():
    network = nn.Conv2d(4, 8, 3)
    before = [p.detach().clone() for p in network.parameters()]
    optimizer = Muon(network, lr=0.1, weight_decay=0.5)
    optimizer.step()
    assert all(torch.equal(p, q) for p, q in zip(network.parameters(), before, strict=True))
    network.weight.grad = torch.zeros_like(network.weight)
    optimizer.step()
    assert torch.allclose(network.weight, before[0] * 0.95)


def test_it_goes_on_from_its_state():
    first = UNet(1, 4, (4, 8))
    optimizer = Muon(first, lr=0.01)
    give_gradients(first)
    optimizer.step()
    second = copy.deepcopy(first)
    resumed = Muon(second, lr=0.01)
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for network, one in ((first, optimizer), (second, resumed)):
        give_gradients(network, 3.0)
        one.step()
    assert all(torch.equal(p, q) for p, q in zip(first.parameters(), second.parameters(), strict=True))


def test_channels_may_be_stored_last():
    """Gradients come in the order of the weights; the step is the same as in any order."""
    last = compute_in_bf16(UNet(1, 4, (4, 8)))
    last(torch.randn(2, 1, 8, 8, generator=rng())).square().mean().backward()
    assert any(p.grad.is_contiguous(memory_format=torch.channels_last) for p in hidden_convolutions(last))
    plain = UNet(1, 4, (4, 8))
    plain.load_state_dict(last.state_dict())
    for p, q in zip(plain.parameters(), last.parameters(), strict=True):
        p.grad = q.grad.contiguous()
    for network in (plain, last):
        Muon(network, lr=0.1).step()
    for p, q in zip(plain.parameters(), last.parameters(), strict=True):
        assert torch.allclose(p, q, atol=1e-5)
