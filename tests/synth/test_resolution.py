"""Laws of acquisition at another resolution; those of the operators are in test_operators."""

import pytest
import torch

from nnunet_spine.synth.config import ResolutionConfig
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.resolution import ResolutionParams, apply_resolution, sample_resolution
from nnunet_spine.synth.steps import Grid, Layout, Scene, TissueTable

ON = torch.tensor([True])


def scene(grid: Grid) -> Scene:
    code = torch.zeros(1, 1, *grid.size, dtype=torch.int32)
    return Scene(grid, code, torch.zeros(1, 1, 256, dtype=torch.long), TissueTable(torch.tensor([0])))


def draw(config: ResolutionConfig, grid: Grid, n: int) -> torch.Tensor:
    layout = Layout(grid, grid.size, torch.tensor([0]), 1)
    return sample_resolution(config, n, layout, torch.Generator().manual_seed(0)).resolution_mm


def test_an_edge_is_blurred_over_the_distance_asked_for():
    grid = Grid((8, 240), (1.0, 0.5))
    x = torch.zeros(1, 1, 8, 240)
    x[..., 120:] = 1
    edge = apply_resolution(x, ResolutionParams(ON, torch.tensor([[1.0, 4.0]])), scene(grid))[0, 0, 4]
    width_mm = 0.5 * ((edge > 0.1) & (edge < 0.9)).sum()
    assert 3 <= width_mm <= 7
    assert edge[:90].max() < 1e-6
    assert edge[-90:].min() > 1 - 1e-6


def test_a_resolution_finer_than_the_grid_changes_nothing():
    grid = Grid((48, 40), (1.0, 1.0))
    x = torch.rand(1, 1, *grid.size)
    assert torch.equal(apply_resolution(x, ResolutionParams(ON, torch.tensor([[0.5, 0.9]])), scene(grid)), x)


def test_slice_thickness_is_that_of_the_first_axis():
    config = ResolutionConfig(inplane_mm=uniform(1), anisotropy=uniform(1), slice_mm=uniform(5, 6))
    resolution = draw(config, Grid((8, 16, 16), (1.0, 1.0, 1.0)), 20)
    assert resolution.shape == (20, 3)
    assert ((resolution[:, 0] >= 5) & (resolution[:, 0] <= 6)).all()
    assert torch.equal(resolution[:, 1:], torch.ones(20, 2))


def test_axes_within_the_slice_differ_by_the_anisotropy():
    resolution = draw(ResolutionConfig(inplane_mm=uniform(2), anisotropy=uniform(1.25)), Grid((48, 40), (1.0, 1.0)), 5)
    assert resolution[:, 0] / resolution[:, 1] == pytest.approx([1.25] * 5)


@pytest.mark.parametrize("axis", [-1, -2])
def test_an_edge_is_as_wide_as_the_resolution_along_its_own_axis(axis):
    """Acquired through a triangle and interpolated by another one, each of the variance r^2 / 6."""
    grid = Grid((240, 240), (0.5, 0.5))
    resolution = torch.tensor([[4.0, 0.5]]) if axis == -2 else torch.tensor([[0.5, 4.0]])
    variances = []
    for at in range(110, 126):
        x = torch.zeros(1, 1, *grid.size)
        x.narrow(axis, at, 240 - at).fill_(1)
        edge = apply_resolution(x, ResolutionParams(ON, resolution), scene(grid)).narrow(-1 if axis == -2 else -2, 9, 1)
        spread = edge.flatten().diff()
        place = torch.arange(239) * 0.5
        variances.append((spread * (place - (spread * place).sum()) ** 2).sum())
    assert torch.stack(variances).mean().sqrt() == pytest.approx(4 / 3**0.5, rel=0.1)
