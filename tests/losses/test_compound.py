from __future__ import annotations

import pytest
import torch
from nnunetv2.training.loss.compound_losses import DC_and_BCE_loss, DC_and_CE_loss
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
from torch.nn.functional import interpolate

from nnunet_spine.losses import (
    CompoundLoss,
    CrossEntropyLoss,
    DiceCELoss,
    FocalDiceLoss,
    FocalLoss,
    SoftDiceLoss,
    TargetForm,
)

from .conftest import make_case


def test_weights_times_losses(kind, overlap):
    case = make_case(kind, "2D", ignore=True)
    dice, focal = SoftDiceLoss(case.form, overlap), FocalLoss(case.form)
    for compound, weights in (
        (FocalDiceLoss(case.form, overlap), (0.6, 0.4)),
        (CompoundLoss([focal, dice], [0, 3]), (0, 3)),
    ):
        expected = weights[0] * focal(case.logits, case.target) + weights[1] * dice(case.logits, case.target)
        torch.testing.assert_close(compound(case.logits, case.target), expected)


def test_the_gamma_of_the_combined_loss():
    case = make_case("labels", "2D", ignore=False)
    expected = 0.6 * FocalLoss(gamma=4)(case.logits, case.target) + 0.4 * SoftDiceLoss()(case.logits, case.target)
    torch.testing.assert_close(FocalDiceLoss(gamma=4)(case.logits, case.target), expected)


@pytest.mark.parametrize("ignore", [False, True])
def test_dice_ce_is_half_of_nnunets_and_half_a_one(ignore, overlap):
    case = make_case("labels", "3D", ignore)
    dice = {"batch_dice": overlap.batch_dice, "smooth": 1e-5, "do_bg": False, "ddp": False}
    nnunets = DC_and_CE_loss(dice, {}, ignore_label=case.form.ignore_label, dice_class=MemoryEfficientSoftDiceLoss)
    ours = DiceCELoss(case.form, overlap)
    torch.testing.assert_close(ours(case.logits, case.target), (nnunets(case.logits, case.target) + 1) / 2)


def test_dice_ce_of_regions_is_half_of_nnunets_and_half_a_one(overlap):
    case = make_case("regions", "2D", ignore=False)
    dice = {"batch_dice": overlap.batch_dice, "smooth": 1e-5, "do_bg": True, "ddp": False}
    nnunets = DC_and_BCE_loss({}, dice)
    ours = DiceCELoss(case.form, overlap)
    torch.testing.assert_close(ours(case.logits, case.target), (nnunets(case.logits, case.target) + 1) / 2)


def test_of_regions_with_an_ignore_label_nnunet_sums_cross_entropy(overlap):
    case = make_case("regions", "2D", ignore=True)
    dice = {"batch_dice": overlap.batch_dice, "smooth": 1e-5, "do_bg": True, "ddp": False}
    ours = DiceCELoss(case.form, overlap)(case.logits, case.target)
    summed, mean = (
        DC_and_BCE_loss({}, dice, weight_ce=weight, use_ignore_label=True)(case.logits, case.target)
        for weight in (1, 1 / case.logits.shape[1])
    )
    torch.testing.assert_close(ours, (mean + 1) / 2)
    assert summed > mean


def test_in_nnunets_deep_supervision_it_is_the_weighted_sum(make, kind, overlap):
    case = make_case(kind, "2D", ignore=True)
    loss, weights = make(case.form, overlap), (0.6, 0.3, 0.1, 0)
    sizes = [(7, 6), (4, 3), (2, 2), (1, 1)]
    logits = [interpolate(case.logits, size) for size in sizes]
    targets = [interpolate(case.target.float(), size, mode="nearest-exact") for size in sizes]
    expected = sum(weight * loss(x, y) for weight, x, y in zip(weights, logits, targets, strict=True))
    torch.testing.assert_close(DeepSupervisionWrapper(loss, weights)(logits, targets), expected)


@pytest.mark.parametrize(
    ("losses", "weights", "message"),
    [
        ([], [], "got 0 and 0 weights"),
        ([SoftDiceLoss()], [1, 2], "got 1 and 2 weights"),
        ([SoftDiceLoss(), FocalLoss()], [1, -1], r"weights\[1\].*-1"),
        ([SoftDiceLoss(), CrossEntropyLoss(TargetForm(regions=True))], [1, 1], "one form of target"),
    ],
)
def test_bad_settings_are_refused(losses, weights, message):
    with pytest.raises(ValueError, match=message):
        CompoundLoss(losses, weights)
