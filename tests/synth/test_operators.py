import pytest
import torch

from nnunet_spine.synth.operators import (
    apply_along_axes,
    at_resolution,
    bspline_matrix,
    coarser_size,
    enlarge_noise,
    node_positions,
    shrink,
)


def test_matrices_along_axes_are_a_tensor_product():
    x = torch.randn(2, 3, 4, 5, 6)
    z, y, w = torch.randn(7, 4), torch.randn(2, 5), torch.randn(8, 6)
    expected = torch.einsum("bczyx,iz,jy,kx->bcijk", x, z, y, w)
    assert torch.allclose(apply_along_axes(x, [z, y, w]), expected, atol=1e-4)


@pytest.mark.parametrize(("size", "distance"), [(1, 5.0), (7, 100.0), (50, 8.3), (64, 1.0)])
def test_splines_are_a_partition_of_unity(size, distance):
    matrix = bspline_matrix(size, distance)
    assert torch.allclose(matrix.sum(1), torch.ones(size), atol=1e-5)
    assert matrix.min() >= 0


@pytest.mark.parametrize(("size", "distance"), [(1, 5.0), (7, 100.0), (50, 8.3), (64, 1.0)])
def test_splines_reproduce_a_straight_line(size, distance):
    line = bspline_matrix(size, distance) @ node_positions(size, distance)
    assert torch.allclose(line, torch.arange(size, dtype=torch.float32), atol=1e-3)


def test_nodes_are_centred_and_reach_beyond_the_axis():
    nodes = node_positions(50, 8.0)
    assert torch.allclose(nodes.diff(), torch.full((len(nodes) - 1,), 8.0))
    assert nodes[0] + nodes[-1] == pytest.approx(49)
    assert nodes[1] <= 0
    assert nodes[-2] >= 49


@pytest.mark.parametrize("size", [(7, 64), (1, 1), (5, 8, 9)])
@pytest.mark.parametrize("target_mm", [0.5, 1.3, 2.0, 3.7, 500.0])
def test_a_change_of_resolution_keeps_constants_whatever_the_size(size, target_mm):
    x = torch.full((2, 1, *size), 3.0)
    resolution = torch.full((2, len(size)), target_mm)
    assert torch.allclose(at_resolution(x, resolution, [1.0] * len(size)), x, atol=1e-5)


def test_a_resolution_finer_than_the_grid_changes_nothing():
    x = torch.rand(2, 1, 16, 12)
    assert torch.equal(at_resolution(x, torch.tensor([[0.3, 1.0], [0.9, 0.5]]), (1.0, 1.0)), x)


@pytest.mark.parametrize("factor", [2, 4, 6])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_point_spread_function_is_as_wide_as_the_resolution(factor, axis):
    """The full width at half maximum of what a coarse sample sees is the distance of the coarse samples."""
    size = [24, 24, 24]
    coarse = [n // factor if i == axis else n for i, n in enumerate(size)]
    impulses = torch.eye(24)
    shape = [1, 1, 1]
    shape[axis] = 24
    volumes = impulses.reshape(24, 1, *shape).expand(24, 1, *size)
    middle = [n // 2 for n in coarse]
    response = shrink(volumes.contiguous(), coarse)[(slice(None), 0, *middle)]
    assert response.sum() == pytest.approx(1, abs=1e-5)
    assert (response > response.max() / 2).sum() in (factor - 1, factor, factor + 1)
    centre = (response * torch.arange(24)).sum()
    deviation = (response * (torch.arange(24) - centre) ** 2).sum().sqrt()
    assert deviation == pytest.approx(factor / 6**0.5, rel=0.1)


def test_every_sample_has_its_own_resolution():
    x = torch.rand(3, 1, 30, 20)
    resolution = torch.tensor([[1.0, 1.0], [2.0, 3.0], [5.0, 1.0]])
    together = at_resolution(x, resolution, (1.0, 1.0))
    for i in range(3):
        assert torch.equal(together[i : i + 1], at_resolution(x[i : i + 1], resolution[i : i + 1], (1.0, 1.0)))
    assert torch.equal(together[0], x[0])
    assert not torch.allclose(together[2], x[2], atol=0.05)


@pytest.mark.parametrize(("factor", "size"), [(0.5, 10), (1.0, 10), (2.0, 5), (3.0, 3), (99.0, 1)])
def test_a_coarser_grid_has_at_least_one_sample(factor, size):
    assert coarser_size(10, factor) == size


@pytest.mark.parametrize("size", [(60, 50), (7, 40, 30)])
def test_interpolated_noise_keeps_its_variance_everywhere(size):
    rng = torch.Generator().manual_seed(0)
    coarse = [max(1, n // 3) for n in size]
    noise = enlarge_noise(torch.randn(4000, 1, *coarse, generator=rng)[:, :, :, :5], [size[0], 11, *size[2:]])
    assert noise.std(0).min() > 0.93
    assert noise.std(0).max() < 1.07
