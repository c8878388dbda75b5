"""nnU-Net wraps networks for several GPUs; torch then stops a step whose gradients did not all arrive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from nnunet_spine.networks import Topology


@pytest.fixture
def _group_of_one(tmp_path: Path) -> Iterator[None]:
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'meeting'}", rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def two_steps(network: torch.nn.Module) -> None:
    wrapped = DistributedDataParallel(network)
    for _ in range(2):
        outputs = wrapped(torch.randn(2, 1, 32, 32))
        sum(output.square().mean() for output in (outputs if isinstance(outputs, list) else [outputs])).backward()


@pytest.mark.usefixtures("_group_of_one")
def test_all_outputs_need_all_parameters(make_supervised):
    two_steps(make_supervised(1, 2, Topology.regular(2, 5), True))


@pytest.mark.usefixtures("_group_of_one")
def test_one_output_needs_all_parameters_but_those_of_other_heads(make):
    network = make(1, 2, Topology.regular(2, 5))
    if len(network.decoder.seg_layers) > 1:
        with pytest.raises(RuntimeError, match="finished reduction"):
            two_steps(network)
    network.decoder.seg_layers[:-1].requires_grad_(False)
    two_steps(network)
