"""The fields of the coils are smooth, positive and as strong as asked for."""

import pytest
import torch

from nnunet_spine.synth.artefacts import BiasParams, CoilParams, apply_bias, apply_coil, sample_bias, sample_coil
from nnunet_spine.synth.config import BiasConfig, CoilConfig
from nnunet_spine.synth.ranges import uniform

ONE = torch.tensor([True])


@pytest.mark.parametrize("size", [(48, 40), (6, 30, 20)])
def test_the_bias_field_is_smooth_positive_and_as_strong_as_asked_for(size, layout_of, scene_of):
    layout, n = layout_of(*size), 100
    config = BiasConfig(log_std=uniform(0.5), node_distance_mm=20)
    params = sample_bias(config, n, layout, torch.Generator().manual_seed(0))
    assert params.nodes.std() == pytest.approx(0.5, abs=0.02)
    field = apply_bias(torch.ones(n, 1, *size), params, scene_of(layout, batch=n))
    assert field.min() > 0
    steps = [field.log().diff(dim=axis).abs().max() for axis in range(2, field.ndim)]
    assert 0.005 < max(steps) < 4 * 0.5 / 20 * 2


def test_a_field_of_equal_nodes_is_a_factor(layout_of, scene_of):
    layout = layout_of(30, 20)
    params = sample_bias(BiasConfig(), 1, layout, torch.Generator().manual_seed(0))
    level = BiasParams(params.on, torch.full_like(params.nodes, 0.3), params.node_distance_mm)
    x = torch.rand(1, 1, 30, 20)
    torch.testing.assert_close(apply_bias(x.clone(), level, scene_of(layout)), x * torch.tensor(0.3).exp())


@pytest.mark.parametrize("axis", [-2, -1])
@pytest.mark.parametrize("far", [False, True])
def test_half_of_the_sensitivity_is_left_at_the_distance_asked_for(axis, far, layout_of, scene_of):
    layout = layout_of(121, 101, spacing_mm=(2.0, 0.5))
    mm = layout.grid.spacing_mm[axis]
    params = CoilParams(ONE, torch.tensor([40 * mm]), torch.tensor([axis]), torch.tensor([far]))
    field = apply_coil(torch.ones(1, 1, 121, 101), params, scene_of(layout))[0, 0]
    profiles = field if axis == -1 else field.T
    assert torch.equal(profiles, profiles[:1].expand_as(profiles))
    profile = profiles[0].flip(0) if far else profiles[0]
    assert profile[40] / profile[0] == pytest.approx(0.5, rel=1e-4)
    assert (profile.diff() < 0).all()
    assert profile.mean() == pytest.approx(1, rel=1e-4)


def test_the_coil_lies_at_any_of_the_four_sides(layout_of):
    params = sample_coil(CoilConfig(), 400, layout_of(9, 9), torch.Generator().manual_seed(0))
    sides = torch.stack((params.axis, params.far), dim=1).unique(dim=0, return_counts=True)
    assert sides[0].tolist() == [[-2, 0], [-2, 1], [-1, 0], [-1, 1]]
    assert sides[1].min() > 70
