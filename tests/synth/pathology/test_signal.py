"""What lesions paint."""

import pytest
import torch

from nnunet_spine.synth.pathology import paint
from nnunet_spine.synth.pathology.susceptibility import INVERTIBLE
from nnunet_spine.synth.tissues import DISC, VERTEBRA

from .conftest import BODY_MM, DEPTH_MM, DISC_MM, grid_mm, only, paint_on, sicken, spine

SPACING = (0.5, 0.5)


def distances_mm(tissue: torch.Tensor, params) -> tuple[torch.Tensor, torch.Tensor]:
    """Distances of the voxels from the focus along rows and columns, (1, 1, *S) each."""
    offsets = grid_mm(tissue.shape[2:], SPACING) - torch.tensor(
        [float(c) for c in sicken(tissue, params).lesions[0].focus.centre_mm]
    )
    return offsets[None, ..., 0].abs(), offsets[None, ..., 1].abs()


@pytest.mark.parametrize("signal", [0.3, 0.8, 1.2])
def test_a_degenerated_disc_has_the_signal_asked_for_and_no_other_tissue_has(signal):
    tissue, params = spine(), only("degeneration", height_loss=0.0, signal=signal)
    x = paint_on(tissue, params, 0.5)
    rows, _ = distances_mm(tissue, params)
    disc = (tissue == DISC) & (rows < DISC_MM)
    assert torch.allclose(x[disc], torch.tensor(0.5 * signal), atol=1e-5)
    assert (x[~disc] == 0.5).all()


def test_modic_changes_are_in_the_marrow_beside_the_disc_only():
    tissue, params = spine(), only("modic", change=0.3, width_mm=20.0, depth_mm=8.0, side=0.0)
    changed = paint_on(tissue, params, 0.5) - 0.5
    rows, columns = distances_mm(tissue, params)
    assert changed.max() == pytest.approx(0.3, abs=0.02)
    beside = (tissue == VERTEBRA) & (rows < DISC_MM / 2 + 1) & (columns < 2)
    assert (changed[beside] > 0.25).all()
    assert (changed[(tissue != VERTEBRA) | (rows > DISC_MM / 2 + 8.5) | (columns > 20)] == 0).all()


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_modic_changes_may_be_on_one_side(side):
    tissue, params = spine(), only("modic", change=-0.3, side=side)
    sick = sicken(tissue, params)
    along_cc = (grid_mm(tissue.shape[2:], SPACING)[None, ..., 0] - sick.lesions[0].focus.centre_mm[0]) * sick.lesions[
        0
    ].focus.cc[0]
    x = paint_on(tissue, params, 0.5)
    assert (x[along_cc * side < 0] == 0.5).all()
    assert x.min() < 0.25


def test_a_fractured_body_is_changed_as_a_whole_and_alone():
    tissue, params = spine(), only("fracture", height_loss=0.0, change=0.2)
    changed = paint_on(tissue, params, 0.5) - 0.5
    rows, columns = distances_mm(tissue, params)
    body = (tissue == VERTEBRA) & (rows < BODY_MM / 2) & (columns < DEPTH_MM / 2)
    assert torch.allclose(changed[body], torch.tensor(0.2), atol=0.03)
    assert changed[~body].abs().max() < 0.2 * 0.1


def test_no_lesion_makes_a_signal_negative():
    for name in ("modic", "fracture"):
        tissue = spine()
        x = paint_on(tissue, only(name, change=-5.0), 0.1)
        assert x.min() == 0


@pytest.mark.parametrize("name", ["susceptibility", "metal"])
def test_signal_is_lost_at_the_source_in_all_tissues_and_nowhere_else(name):
    tissue, params = spine(), only(name, distortion_mm=0.0, radius_mm=10.0, loss=1.0)
    x = paint_on(tissue, params, 0.5)
    rows, columns = distances_mm(tissue, params)
    assert (x[(rows < 2) & (columns < 2)] == 0).all()
    assert (x[rows + columns > 20] == 0.5).all()
    assert (x >= 0).all()


def test_metal_has_a_void_by_default():
    for seed in range(5):
        assert paint_on(spine(), only("metal", seed=seed), 0.5).min() < 0.03


@pytest.mark.parametrize("readout", [-1, -2])
def test_signal_that_is_piled_up_comes_from_the_same_line(readout):
    """The field displaces signal along readout, and neither makes nor takes any."""
    tissue = spine()
    params = only("susceptibility", seed=1, readout=readout, distortion_mm=3.0, radius_mm=10.0, loss=0.0)
    lesions = sicken(tissue, params).lesions
    x = paint(torch.ones(tissue.shape), tissue, grid_mm(tissue.shape[2:], SPACING), lesions)
    assert x.max() > 1.2
    assert x.min() > 0
    assert torch.allclose(x.mean(readout), torch.ones(()), atol=1e-3)


def test_piled_up_signal_is_positive_at_the_bound():
    params = only("metal", seed=1, distortion_mm=10 * INVERTIBLE, radius_mm=10.0, loss=0.0)
    assert paint_on(spine(), params, 1.0).min() > 0.1
