"""What holds for every kind of lesion."""

import pytest
import torch

from nnunet_spine.synth.config.pathology import PathologyConfig
from nnunet_spine.synth.pathology import Lesion, PathologyParams, displace, locate, paint
from nnunet_spine.synth.pathology import frame as frames
from nnunet_spine.synth.pathology.kinds import KINDS
from nnunet_spine.synth.ranges import uniform
from nnunet_spine.synth.steps import select
from nnunet_spine.synth.tissues import CANAL, DISC, UNLABELLED, VERTEBRA

from .conftest import NAMES, ZERO, draw, grid_mm, look_up_nearest, only, paint_on, sicken, spine

SPACING = (0.5, 0.5)
KIND = {kind.name: kind for kind in KINDS}


def everything(n: int, seed: int = 0) -> PathologyParams:
    """All kinds at once, in all samples."""
    return PathologyParams(*(kind._replace(on=torch.ones(n, dtype=torch.bool)) for kind in draw(n, seed)))


@pytest.mark.parametrize("name", NAMES)
def test_zero_strength_is_the_identity(name):
    tissue, params = spine(), only(name, **ZERO[name])
    sick = sicken(tissue, params)
    assert torch.equal(sick.positions, grid_mm(tissue.shape[2:], SPACING))
    x = torch.rand(tissue.shape)
    assert torch.equal(paint(x.clone(), tissue, sick.positions, sick.lesions), x)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_changes_something_and_gains_no_labels(name):
    tissue = spine()
    params = only(name, seed=3)
    sick = sicken(tissue, params)
    assert sick.lesions[0].focus.present == 1
    changed = not torch.equal(sick.labels, tissue) or not torch.equal(
        paint_on(tissue, params), paint_on(tissue, draw())
    )
    assert changed
    assert set(sick.labels.unique().tolist()) <= set(tissue.unique().tolist())


def test_when_all_are_off_nothing_is_done():
    tissue, params = spine(), draw(1)
    assert locate(tissue, params, SPACING) == []
    positions, x = grid_mm(tissue.shape[2:], SPACING), torch.rand(tissue.shape)
    before = positions.clone(), x.clone()
    assert displace(positions, []) is positions
    assert paint(x, tissue, positions, []) is x
    assert torch.equal(positions, before[0])
    assert torch.equal(x, before[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_is_its_samples_one_by_one_and_those_without_stay(name):
    tissue = torch.cat([spine(angle_deg=angle) for angle in (0.0, 5.0, -8.0, 10.0)])
    params = only(name, n=4)
    getattr(params, name).on[1] = False
    together, x = sicken(tissue, params), torch.rand(tissue.shape)
    painted = paint(x.clone(), together.labels, together.positions, together.lesions)
    untouched = grid_mm(tissue.shape[2:], SPACING)[0]
    for k in range(4):
        alone_params = select(params, torch.tensor([k]))
        alone = sicken(tissue[k : k + 1], alone_params)
        assert torch.equal(together.positions[k], alone.positions[0])
        expected = paint(x[k : k + 1].clone(), alone.labels, alone.positions, alone.lesions)
        assert torch.equal(painted[k], expected[0])
    assert torch.equal(together.positions[1], untouched)
    assert torch.equal(painted[1], x[1])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("missing", ["disc", "canal", "vertebra", "all"])
def test_a_sample_without_the_structures_stays(name, missing):
    tissue = spine()
    for label in {"disc": [DISC], "canal": [CANAL], "vertebra": [VERTEBRA], "all": [DISC, CANAL, VERTEBRA]}[missing]:
        tissue[tissue == label] = UNLABELLED
    params = only(name)
    sick, x = sicken(tissue, params), torch.rand(tissue.shape)
    painted = paint(x.clone(), sick.labels, sick.positions, sick.lesions)
    needed = missing in ("canal", "all") or missing == {"bone": "vertebra"}.get(KIND[name].seat.value, "disc")
    if needed or (name == "fracture" and missing == "vertebra"):
        assert torch.equal(sick.positions, grid_mm(tissue.shape[2:], SPACING))
        assert torch.equal(painted, x)
    assert painted.isfinite().all()
    assert sick.positions.isfinite().all()


@pytest.mark.parametrize("size", [(1, 40), (40, 1), (1, 1), (3, 5), (1, 1, 1), (2, 1, 30)])
@pytest.mark.parametrize("content", [*range(4), "random"])
def test_everything_is_finite_for_odd_sizes_and_contents(size, content):
    shape = (2, 1, *size)
    tissue = torch.randint(0, 4, shape) if content == "random" else torch.full(shape, content)
    params = everything(2)
    sick = sicken(tissue.to(torch.uint8), params)
    painted = paint(torch.rand(shape), sick.labels, sick.positions, sick.lesions)
    assert sick.positions.isfinite().all()
    assert painted.isfinite().all()
    assert painted.min() >= 0


STRONGEST = {
    "degeneration": {"height_loss": 0.8},
    "herniation": {"depth_mm": 12.0, "width_mm": 20.0, "migration_mm": 3.0},
    "stenosis": {"narrowing": 0.8, "length_mm": 3.0},
    "fracture": {"height_loss": 0.8, "wedge": 1.0, "concavity": 1.0},
    "slip": {"slip_mm": 30.0},
    "schmorl": {"depth_mm": 15.0, "width_mm": 2.0},
    "susceptibility": {},
    "metal": {},
}
FOLDING = {
    name: type(getattr(PathologyConfig(), name))(distortion_mm=uniform(100)) for name in ("susceptibility", "metal")
}


def jacobians(at: torch.Tensor, step: float, lesions: list[Lesion]) -> torch.Tensor:
    """Of the deformation at some places (1, ..., d), by central differences."""
    dim = at.shape[-1]
    forth, back = (
        torch.stack([displace(at + sign * step * torch.eye(dim)[k], lesions) for k in range(dim)], dim=-1)
        for sign in (1, -1)
    )
    return (forth - back) / (2 * step)


@pytest.mark.parametrize("name", STRONGEST)
@pytest.mark.parametrize("dim", [2, 3])
def test_the_strongest_deformation_is_invertible(name, dim):
    """The Jacobian determinant is positive at random places, but for the few that are on a kink."""
    tissue = spine(mm=1.0, angle_deg=12.0, slices=5 if dim == 3 else 0)
    rng = torch.Generator().manual_seed(0)
    for seed in range(20):
        params = only(name, seed=seed, config=PathologyConfig(**FOLDING), **STRONGEST[name])
        lesions = locate(tissue, params, (3.0,) * (dim - 2) + (1.0, 1.0))
        spread = torch.tensor([8.0] * (dim - 2) + [30.0, 30.0]).double()
        at = (torch.rand(1, *[1] * (dim - 2), 8, 1000, dim, dtype=torch.float64, generator=rng) * 2 - 1) * spread
        at += torch.tensor([float(c) for c in lesions[0].focus.centre_mm])
        coarse, fine = (jacobians(at, step, lesions) for step in (4e-6, 1e-6))
        smooth = (coarse - fine).abs().amax((-1, -2)) < 1e-3
        assert smooth.float().mean() > 0.99
        determinant = torch.linalg.det(fine[smooth])
        assert determinant.min() > 0
        assert (determinant != 1).any() or name == "slip"


@pytest.mark.parametrize("name", NAMES)
def test_a_transposed_map_gives_the_transposed_deformation(name):
    """A disc and a vertebra alone, whose middle voxel has the same rank in both."""
    tissue = torch.zeros(1, 1, 120, 140, dtype=torch.uint8)
    tissue[..., 70:79, 40:77] = DISC
    tissue[..., 44:69, 40:77] = VERTEBRA
    tissue[..., 79:96] = CANAL
    params, x = only(name, rank=0.5), torch.rand(tissue.shape)
    sick = sicken(tissue, params, mm=1.0)
    turned_params = params
    if hasattr(getattr(params, name), "readout"):
        readout = getattr(params, name).readout
        turned_params = params._replace(**{name: getattr(params, name)._replace(readout=-3 - readout)})
    turned = sicken(tissue.mT.contiguous(), turned_params, mm=1.0)
    assert torch.allclose(turned.positions.transpose(1, 2).flip(-1), sick.positions, atol=1e-3)
    painted = paint(x.clone(), tissue, sick.positions, sick.lesions)
    turned_x = paint(x.mT.contiguous(), tissue.mT.contiguous(), turned.positions, turned.lesions)
    assert torch.allclose(turned_x.mT, painted, atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("slices", [0, 4])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_left_out_would_not_have_changed(name, slices, seed, monkeypatch):
    """The neighbourhood that is computed is large enough, on positions that are deformed already."""
    tissue = spine(angle_deg=10.0, slices=slices)
    params = only(name, n=1, seed=seed)
    spacing = (3.0,) * bool(slices) + SPACING
    lesions = locate(tissue, params, spacing)
    grid = grid_mm(tissue.shape[2:], spacing)
    bent = grid.clone()
    for k in (-2, -1):
        bent[..., k] = 1.3 * grid[..., k] + 6 * torch.sin(grid[..., -1] / 12 + k) + 4 * torch.cos(grid[..., -2] / 9)
    labels, x = look_up_nearest(tissue, bent, spacing), torch.rand(tissue.shape)
    near = displace(bent.clone(), lesions)
    near_x = paint(x.clone(), labels, near, lesions)
    monkeypatch.setattr(frames, "EVERY", 10**6)
    assert torch.equal(displace(bent.clone(), lesions), near)
    assert torch.equal(paint(x.clone(), labels, near, lesions), near_x)


@pytest.mark.parametrize("name", NAMES)
def test_in_3d_slices_stay_where_they_are_and_far_ones_as_they_are(name):
    tissue = spine(mm=1.0, slices=41)
    params = only(name)
    lesions = locate(tissue, params, (3.0, 1.0, 1.0))
    positions = grid_mm(tissue.shape[2:], (3.0, 1.0, 1.0))
    moved = displace(positions.clone(), lesions)
    assert torch.equal(moved[..., 0], positions[..., 0])
    far = (positions[0, :, 0, 0, 0] - lesions[0].focus.centre_mm[0]).abs() > 31
    assert far.sum() > 10
    assert name == "slip" or torch.equal(moved[:, far], positions[:, far])
    x = torch.rand(tissue.shape)
    assert torch.equal(paint(x.clone(), tissue, moved, lesions)[:, :, far], x[:, :, far])


def test_autocast_and_gradients_play_no_part():
    tissue, params = spine(), everything(1)
    plain = sicken(tissue, params)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(sicken(tissue, params).positions, plain.positions)
    assert not plain.positions.requires_grad


def test_a_device_does_as_the_cpu(device):
    tissue = torch.cat([spine(angle_deg=angle) for angle in (0.0, 6.0)])
    params = everything(2)
    expected = sicken(tissue, params)
    lesions = locate(tissue.to(device), params, SPACING)
    positions = grid_mm(tissue.shape[2:], SPACING).repeat(2, 1, 1, 1).to(device)
    moved = displace(positions, lesions)
    assert torch.allclose(moved.cpu(), expected.positions, atol=1e-2)
    x = torch.rand(tissue.shape)
    painted = paint(x.clone().to(device), expected.labels.to(device), moved, lesions)
    there = paint(x.clone(), expected.labels, expected.positions, expected.lesions)
    assert torch.allclose(painted.cpu(), there, atol=1e-2)
