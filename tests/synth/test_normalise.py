"""Laws of the Z-score."""

import pytest
import torch

from nnunet_spine.synth.normalise import NormaliseParams, apply_normalise


def z_score(x: torch.Tensor, inside: torch.Tensor | None = None, scale=1.0, shift=0.0) -> torch.Tensor:
    n = len(x)
    params = NormaliseParams(torch.full((n,), scale), torch.full((n,), shift))
    return apply_normalise(x.clone(), params, inside, torch.empty_like(x))


def test_it_is_that_of_the_image_without_its_padding():
    x = torch.rand(2, 1, 30, 30) * 7 + 3
    inside = torch.ones_like(x)
    inside[..., :10] = 0
    y = z_score(x, inside, 2.0, 0.5)
    assert torch.equal(y[..., :10], torch.zeros(2, 1, 30, 10))
    for sample in y[..., 10:]:
        assert sample.mean() == pytest.approx(0.5, abs=1e-3)
        assert sample.std() == pytest.approx(2, rel=1e-2)


def test_no_padding_and_a_mask_of_ones_are_the_same():
    x = torch.rand(2, 1, 30, 30)
    assert torch.allclose(z_score(x), z_score(x, torch.ones_like(x)), atol=1e-5)


@pytest.mark.parametrize("deviation", [1e-4, 1e-2, 1e4])
def test_it_is_exact_for_faint_and_for_strong_contrast(deviation):
    x = 0.9 + deviation * torch.randn(1, 1, 320, 256, generator=torch.Generator().manual_seed(0))
    y = z_score(x)
    assert y.std() == pytest.approx(1, abs=0.01)
    assert y.mean() == pytest.approx(0, abs=1e-3)


def test_a_constant_image_becomes_the_offset():
    assert z_score(torch.full((1, 1, 8, 8), 3.0), shift=0.25) == pytest.approx(torch.full((1, 1, 8, 8), 0.25))


def test_an_image_that_lies_wholly_beyond_is_0():
    assert torch.equal(z_score(torch.rand(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)), torch.zeros(1, 1, 8, 8))
