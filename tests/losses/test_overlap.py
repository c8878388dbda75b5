"""Dice, Tversky and focal Tversky losses."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from monai.losses import DiceLoss as MonaiDiceLoss
from monai.losses import TverskyLoss as MonaiTverskyLoss
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
from nnunetv2.utilities.helpers import softmax_helper_dim1

from nnunet_spine.losses import FocalTverskyLoss, OverlapOptions, SoftDiceLoss, TargetForm, TverskyLoss

from .conftest import SIZES, Case, gradient, make_case

MASK = torch.tensor([[1, 1, 1, 0, 0, 0, 0, 0]], dtype=torch.bool).view(1, 1, 8)
PREDICTED = torch.tensor([[0, 1, 1, 1, 1, 0, 0, 0]], dtype=torch.bool).view(1, 1, 8)
"""2 voxels in common, 2 beyond, 1 missed."""
LOGITS = torch.where(PREDICTED, 50.0, -50.0)
REGIONS = TargetForm(regions=True)
RAW = OverlapOptions(smooth=0.0)


def nnunets(kind: str, overlap: OverlapOptions) -> MemoryEfficientSoftDiceLoss:
    return MemoryEfficientSoftDiceLoss(
        apply_nonlin=torch.sigmoid if kind == "regions" else softmax_helper_dim1,
        batch_dice=overlap.batch_dice,
        do_bg=overlap.background or kind == "regions",
        smooth=overlap.smooth,
        ddp=False,
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ignore", [False, True])
@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("smooth", [0.0, 1e-5, 1.0])
def test_dice_is_nnunets_plus_one(kind, size, ignore, overlap, background, smooth):
    case = make_case(kind, size, ignore)
    overlap = replace(overlap, background=background, smooth=smooth)
    target = case.target[:, :-1] if kind == "regions" and ignore else case.target * case.counted
    oracle = 1 + nnunets(kind, overlap)(case.logits, target, loss_mask=case.counted if ignore else None)
    loss = SoftDiceLoss(case.form, overlap)
    torch.testing.assert_close(loss(case.logits, case.target), oracle)
    (slope,) = torch.autograd.grad(oracle, case.logits)
    torch.testing.assert_close(gradient(loss, case), slope)


def test_masks_are_counted():
    """Dice 2*2 / (2*2 + 2 + 1); Tversky 2 / (2 + 0.3*2 + 0.7*1)."""
    assert SoftDiceLoss(REGIONS, RAW)(LOGITS, MASK).item() == pytest.approx(1 - 4 / 7)
    tversky = 1 - 2 / (2 + 0.3 * 2 + 0.7)
    assert TverskyLoss(REGIONS, RAW)(LOGITS, MASK).item() == pytest.approx(tversky)
    assert FocalTverskyLoss(REGIONS, RAW)(LOGITS, MASK).item() == pytest.approx(tversky**0.75)
    assert FocalTverskyLoss(REGIONS, RAW, gamma=0.5)(LOGITS, MASK).item() == pytest.approx(tversky**2)


def test_smoothing_is_added_above_and_below():
    assert SoftDiceLoss(REGIONS, OverlapOptions(smooth=1.0))(LOGITS, MASK).item() == pytest.approx(1 - 5 / 8)


def test_equal_weights_make_tversky_dice(kind, overlap):
    case = make_case(kind, "3D", ignore=True)
    even = TverskyLoss(case.form, overlap, alpha=0.5, beta=0.5)
    torch.testing.assert_close(
        even(case.logits, case.target), SoftDiceLoss(case.form, overlap)(case.logits, case.target)
    )


def test_gamma_of_one_makes_focal_tversky_tversky(kind, overlap):
    case = make_case(kind, "2D", ignore=True)
    plain = FocalTverskyLoss(case.form, overlap, gamma=1.0)
    torch.testing.assert_close(
        plain(case.logits, case.target), TverskyLoss(case.form, overlap)(case.logits, case.target)
    )


def test_misses_weigh_more_than_false_alarms():
    few, many = (torch.arange(8).view(1, 1, 8) < n for n in (2, 4))
    too_little, too_much = (torch.where(few, 50.0, -50.0), many), (torch.where(many, 50.0, -50.0), few)
    assert TverskyLoss(REGIONS)(*too_little) > TverskyLoss(REGIONS)(*too_much)
    swapped = TverskyLoss(REGIONS, alpha=0.7, beta=0.3)
    assert swapped(*too_little) < swapped(*too_much)


@pytest.mark.parametrize("batch", [False, True])
def test_monais_dice_and_tversky(batch):
    case = make_case("labels", "3D", ignore=False)
    overlap = OverlapOptions(batch_dice=batch, smooth=0.0)
    common = {"to_onehot_y": True, "softmax": True, "include_background": False, "batch": batch}
    dice = MonaiDiceLoss(**common, smooth_nr=0.0, smooth_dr=1e-12)
    tversky = MonaiTverskyLoss(**common, alpha=0.3, beta=0.7, smooth_nr=0.0, smooth_dr=1e-12)
    for ours, oracle in ((SoftDiceLoss, dice), (TverskyLoss, tversky)):
        torch.testing.assert_close(ours(case.form, overlap)(case.logits, case.target), oracle(case.logits, case.target))


@pytest.mark.parametrize("loss", [SoftDiceLoss, TverskyLoss, FocalTverskyLoss])
@pytest.mark.parametrize("logit", [20.0, 1e4])
def test_perfect_overlap_is_zero_with_a_finite_slope(loss, logit):
    case = Case(torch.where(MASK, logit, -logit).requires_grad_(), MASK, REGIONS)
    assert loss(REGIONS)(case.logits, MASK).item() == pytest.approx(0, abs=1e-5)
    assert gradient(loss(REGIONS), case).isfinite().all()


def test_batch_dice_counts_the_batch_as_one_image():
    case = make_case("labels", "2D", ignore=False)
    one = SoftDiceLoss(case.form)(*(torch.cat(tuple(x), 1)[None] for x in (case.logits, case.target)))
    batch = SoftDiceLoss(case.form, OverlapOptions(batch_dice=True))(case.logits, case.target)
    torch.testing.assert_close(batch, one)


def test_own_dice_is_the_mean_over_samples():
    case = make_case("labels", "2D", ignore=False)
    loss = SoftDiceLoss(case.form)
    each = [loss(case.logits[i : i + 1], case.target[i : i + 1]) for i in range(2)]
    torch.testing.assert_close(loss(case.logits, case.target), torch.stack(each).mean())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TverskyLoss(alpha=-0.1), "alpha: .* -0.1"),
        (lambda: TverskyLoss(beta=math.inf), "beta: .* inf"),
        (lambda: FocalTverskyLoss(gamma=0), "gamma: expected a number above 0, got 0"),
        (lambda: OverlapOptions(smooth=-1), "smooth: .* -1"),
    ],
)
def test_bad_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
