import math

import pytest
import torch

from nnunet_spine.synth.config import SpatialConfig
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.spatial import (
    INVERTIBLE,
    Deformed,
    SpatialParams,
    at_voxels,
    interpolate_at,
    look_up_at,
    nodes_mm,
    relative,
    sample_spatial,
    spread_nodes,
)
from nnunet_spine.synth.steps import Grid, Layout

STILL = SpatialConfig(
    rotation_deg=uniform(0),
    tilt_deg=uniform(0),
    scale=uniform(1),
    anisotropy=uniform(1),
    shear=uniform(0),
    shift_mm=uniform(0),
    elastic_mm=uniform(0),
)
GRIDS = [Grid((24, 20), (1.0, 1.5)), Grid((6, 16, 12), (4.0, 1.0, 1.5))]


def layout(grid: Grid, loaded: tuple[int, ...] | None = None) -> Layout:
    return Layout(grid, loaded or grid.size, torch.tensor([0]), 1)


def draw(config: SpatialConfig, grid: Grid, n: int = 3) -> SpatialParams:
    return sample_spatial(config, n, layout(grid), torch.Generator().manual_seed(0))


def positions_mm(
    params: SpatialParams, grid: Grid, node_distance_mm: float, loaded: tuple[int, ...] | None = None
) -> torch.Tensor:
    nodes = nodes_mm(params, layout(grid, loaded), node_distance_mm, torch.device("cpu"))
    return at_voxels(spread_nodes(nodes, grid, node_distance_mm), grid, node_distance_mm)


def apply_spatial(code: torch.Tensor, params: SpatialParams, grid: Grid, node_distance_mm: float) -> torch.Tensor:
    return Deformed(code)(
        relative(positions_mm(params, grid, node_distance_mm, tuple(code.shape[2:])), code.shape[2:], grid.spacing_mm)
    )


def determinants(params: SpatialParams, grid: Grid, node_distance_mm: float) -> torch.Tensor:
    """Jacobian determinant of the mapping at every voxel."""
    position = positions_mm(params, grid, node_distance_mm)
    axes = tuple(range(1, 1 + grid.dim))
    return torch.linalg.det(torch.stack(torch.gradient(position, spacing=grid.spacing_mm, dim=axes), dim=-1))


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("config", [STILL, SpatialConfig(probability=0)])
def test_no_deformation_is_the_identity(grid, config):
    code = torch.randint(0, 4000, (3, 1, *grid.size)).float()
    assert torch.equal(apply_spatial(code, draw(config, grid), grid, config.node_distance_mm), code)


@pytest.mark.parametrize("grid", GRIDS)
def test_a_larger_input_is_cropped_about_its_centre(grid):
    code = torch.randint(0, 4000, (3, 1, *(n + 6 for n in grid.size))).float()
    cropped = code[(..., *(slice(3, -3) for _ in grid.size))]
    assert torch.equal(apply_spatial(code, draw(STILL, grid), grid, STILL.node_distance_mm), cropped)


@pytest.mark.parametrize("grid", GRIDS)
def test_labels_gain_no_values(grid):
    code = torch.randint(0, 5, (3, 1, *grid.size)).float() * 731
    warped = apply_spatial(code, draw(SpatialConfig(), grid), grid, 30.0)
    assert set(warped.unique().tolist()) <= {0, *code.unique().tolist()}


def test_a_shift_is_in_millimetres():
    grid = Grid((20, 20), (2.0, 1.0))
    code = torch.arange(400.0).reshape(1, 1, 20, 20)
    params = draw(STILL, grid, 1)._replace(shift_mm=torch.tensor([[4.0, 3.0]]))
    assert torch.equal(apply_spatial(code, params, grid, 30.0)[..., :18, :17], code[..., 2:, 3:])


def test_a_rotation_is_one_in_space_not_in_voxels():
    grid = Grid((40, 40), (2.0, 1.0))
    config = SpatialConfig(**{**vars(STILL), "rotation_deg": uniform(90)})
    position = positions_mm(draw(config, grid, 1), grid, 30.0)[0]
    original = positions_mm(draw(STILL, grid, 1), grid, 30.0)[0]
    assert torch.allclose(position[..., 0], -original[..., 1], atol=1e-4)
    assert torch.allclose(position[..., 1], original[..., 0], atol=1e-4)


@pytest.mark.parametrize("grid", [Grid((100, 80), (1.0, 1.0)), Grid((40, 40, 40), (1.5, 1.5, 1.5))])
def test_every_deformation_of_the_default_is_invertible(grid):
    params = draw(SpatialConfig(elastic_mm=uniform(50)), grid, 20)
    assert determinants(params, grid, 30.0).min() > 0


@pytest.mark.parametrize(
    ("size", "loaded", "spacing"),
    [
        ((10, 192, 128), (10, 250, 240), (1.0, 0.94, 0.94)),
        ((28, 256, 224), (28, 330, 300), (0.9, 0.47, 0.47)),
        ((16, 320, 256), (16, 400, 380), (3.3, 0.6, 0.6)),
        ((320, 256), (436, 397), (0.94, 0.94)),
    ],
)
def test_little_of_an_output_lies_beyond_what_was_loaded(size, loaded, spacing):
    """For patches and margins as nnU-Net plans them."""
    grid, code = Grid(size, spacing), torch.ones(1, 1, *loaded).expand(12, -1, *[-1] * len(size))
    params = sample_spatial(SpatialConfig(), 12, layout(grid, loaded), torch.Generator().manual_seed(0))
    empty = (apply_spatial(code, params, grid, 30.0) == 0).float().mean(tuple(range(1, 2 + len(size))))
    assert empty.mean() < 0.05
    assert empty.max() < 0.25


def test_a_thick_volume_is_tilted_as_the_settings_say():
    grid = Grid((64, 64, 64), (1.0, 1.0, 1.0))
    params = sample_spatial(SpatialConfig(), 50, layout(grid, (96, 96, 96)), torch.Generator().manual_seed(0))
    tilt_deg = torch.rad2deg(torch.atan2(params.matrix[:, 0, 1:].norm(dim=1), params.matrix[:, 0, 0]))
    assert tilt_deg.max() > 6
    assert params.matrix[:, 0, 1:].abs().min() > 0


@pytest.mark.parametrize("grid", [Grid((60, 60), (1.0, 1.0)), Grid((24, 24, 24), (2.0, 2.0, 2.0))])
def test_the_strongest_elastic_deformation_is_invertible(grid):
    """The Jacobian determinant of the mapping stays positive although the nodes are at their bound."""
    config = SpatialConfig(**{**vars(STILL), "elastic_mm": uniform(100), "node_distance_mm": 20})
    params = draw(config, grid, 20)
    params = params._replace(nodes_mm=params.nodes_mm.sign() * INVERTIBLE * 20)
    determinant = determinants(params, grid, 20)
    assert determinant.min() > 0
    assert determinant.max() > 1.5


def test_scale_enlarges():
    grid = Grid((40, 40), (1.0, 1.0))
    code = torch.zeros(1, 1, 40, 40)
    code[..., 10:30, 10:30] = 1
    config = SpatialConfig(**{**vars(STILL), "scale": uniform(1.5)})
    area = apply_spatial(code, draw(config, grid, 1), grid, 30.0).sum()
    assert area / code.sum() == pytest.approx(1.5**2, rel=0.05)


def test_rotations_keep_lengths():
    params = draw(SpatialConfig(**{**vars(STILL), "rotation_deg": uniform(-90, 90)}), GRIDS[1], 10)
    assert torch.allclose(params.matrix @ params.matrix.mT, torch.eye(3).expand(10, 3, 3), atol=1e-5)
    assert math.isclose(torch.linalg.det(params.matrix).min(), 1, abs_tol=1e-5)


@pytest.mark.parametrize("margin", [0, 5])
def test_volumes_are_looked_up_as_grid_sample_does_it(margin):
    grid = Grid((5, 24, 20), (4.0, 1.0, 1.2))
    values = torch.randint(1, 5000, (3, 1, *(n + margin for n in grid.size))).float()
    where = relative(positions_mm(draw(SpatialConfig(), grid), grid, 30.0), values.shape[2:], grid.spacing_mm)
    expected = look_up_at(values, where, mode="nearest", padding_mode="zeros")
    assert (Deformed(values)(where) != expected).float().mean() < 1e-3
    assert (expected == 0).any()


@pytest.mark.parametrize("grid", GRIDS)
def test_a_margin_of_an_odd_number_of_voxels_leaves_voxels_on_voxels(grid):
    code = torch.randint(1, 4000, (3, 1, *(n + 3 for n in grid.size))).float()
    made = apply_spatial(code, draw(STILL, grid), grid, STILL.node_distance_mm)
    assert torch.equal(made, code[(..., *(slice(2, -1) for _ in grid.size))])


def test_axes_are_scaled_by_the_anisotropy():
    config = SpatialConfig(**{**vars(STILL), "scale": uniform(0.9), "anisotropy": uniform(1.25)})
    assert torch.allclose(draw(config, GRIDS[0]).matrix, torch.eye(2).expand(3, 2, 2) / (0.9 * 1.25))


def test_slices_are_tilted_by_the_angle_asked_for():
    grid = Grid((64, 64, 64), (1.0, 1.0, 1.0))
    config = SpatialConfig(**{**vars(STILL), "tilt_deg": uniform(6)})
    params = sample_spatial(config, 2, layout(grid, (128, 128, 128)), torch.Generator().manual_seed(0))
    assert params.matrix[:, 0, 0] == pytest.approx([math.cos(math.radians(6)) ** 2] * 2, abs=1e-4)


@pytest.mark.parametrize("size", [(9, 7), (1, 9, 7), (2, 9, 7), (5, 9, 7)])
def test_interpolation_is_linear_along_every_axis_and_stays_at_the_border(size):
    dim = len(size)
    values = torch.randn(2, 1, *size, generator=torch.Generator().manual_seed(0))
    where = 2.6 * torch.rand(2, *(4, 6, 5)[-dim:], dim, generator=torch.Generator().manual_seed(1)) - 1.3
    expected = look_up_at(values, where, padding_mode="border")
    assert torch.allclose(interpolate_at(values, where), expected, atol=1e-4)
