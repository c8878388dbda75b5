import pytest
import torch

from nnunet_spine.synth.operators import (
    FWHM_PER_SIGMA,
    acquisition_matrices,
    apply_along_axes,
    bspline_matrix,
    gaussian_matrix,
)


def test_matrices_along_axes_are_a_tensor_product():
    x = torch.randn(2, 3, 4, 5, 6)
    shared, own = torch.randn(7, 4), torch.randn(2, 8, 6)
    expected = torch.einsum("bczyx,wz,bvx->bcwyv", x, shared, own)
    assert torch.allclose(apply_along_axes(x, [shared, None, own]), expected, atol=1e-5)


@pytest.mark.parametrize(("size", "distance"), [(1, 5.0), (7, 100.0), (50, 8.3), (64, 1.0)])
def test_splines_are_a_partition_of_unity(size, distance):
    matrix = bspline_matrix(size, distance)
    assert torch.allclose(matrix.sum(1), torch.ones(size), atol=1e-5)
    assert matrix.min() >= 0


def test_splines_reproduce_a_straight_line():
    matrix = bspline_matrix(41, 8)
    line = matrix @ torch.arange(matrix.shape[1], dtype=torch.float32)
    slope = line.diff()
    assert torch.allclose(slope, torch.full_like(slope, 1 / 8), atol=1e-5)


def test_blur_has_the_deviation_asked_for_and_keeps_constants():
    matrix = gaussian_matrix(101, torch.tensor([0.0, 3.0]))
    assert torch.allclose(matrix.sum(-1), torch.ones(2, 101), atol=1e-5)
    assert torch.equal(matrix[0], torch.eye(101))
    offset = torch.arange(101) - 50
    assert (matrix[1, 50] * offset**2).sum().sqrt() == pytest.approx(3, abs=1e-3)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 65])
@pytest.mark.parametrize("factor", [0.5, 1.0, 1.3, 2.0, 3.7, 500.0])
def test_acquisition_keeps_constants_whatever_the_size(size, factor):
    down, up = acquisition_matrices(size, torch.tensor([factor]))
    assert torch.allclose(down.sum(-1), torch.ones(1, down.shape[1]), atol=1e-4)
    assert torch.allclose((up @ down).sum(-1), torch.ones(1, size), atol=1e-4)


@pytest.mark.parametrize("factor", [0.3, 1.0])
def test_acquisition_at_the_grid_or_finer_changes_nothing(factor):
    down, up = acquisition_matrices(32, torch.tensor([factor]))
    assert torch.equal((up @ down)[0], torch.eye(32))


@pytest.mark.parametrize("factor", [2.0, 4.0, 6.0])
def test_the_point_spread_function_is_as_wide_as_the_resolution(factor):
    size = 240
    down, _ = acquisition_matrices(size, torch.tensor([factor]))
    row = down[0, down.shape[1] // 2]
    position = torch.arange(size, dtype=torch.float32)
    centre = (row * position).sum()
    variance = (row * (position - centre) ** 2).sum()
    fwhm = FWHM_PER_SIGMA * (variance + 1 / FWHM_PER_SIGMA**2).sqrt()
    assert fwhm == pytest.approx(factor, rel=0.01)


def test_every_sample_has_its_own_resolution():
    factors = torch.tensor([1.0, 2.0, 5.0])
    down, up = acquisition_matrices(60, factors)
    for i, factor in enumerate(factors):
        alone_down, alone_up = acquisition_matrices(60, factor[None])
        assert torch.allclose((up @ down)[i], (alone_up @ alone_down)[0], atol=1e-6)
