"""Plane waves by one matrix product are plane waves."""

import math

import pytest
import torch

from nnunet_spine.synth.artefacts.waves import plane_waves


@pytest.mark.parametrize("size", [(9, 7), (3, 5, 6), (1, 1)])
def test_the_sum_of_waves_is_that_of_their_cosines(size):
    rng = torch.Generator().manual_seed(0)
    frequency = torch.rand(2, 4, len(size), generator=rng) - 0.5
    phase, amplitude = torch.rand(2, 4, generator=rng) * 6, torch.rand(2, 4, generator=rng)
    place = torch.stack(torch.meshgrid(*(torch.arange(n).float() for n in size), indexing="ij"))
    angle = 2 * math.pi * torch.einsum("bkd,d...->bk...", frequency, place)
    turned = (angle + phase.reshape(2, 4, *[1] * len(size))).cos() * amplitude.reshape(2, 4, *[1] * len(size))
    torch.testing.assert_close(plane_waves(frequency, phase, amplitude, size), turned.sum(1, keepdim=True))
