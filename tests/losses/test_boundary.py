from __future__ import annotations

import pytest
import torch

from nnunet_spine.losses import BoundaryLoss, DiceCELoss, RebalancedLoss, TargetForm

from .conftest import Case, gradient, make_case

REGIONS = TargetForm(regions=True)
MASK = torch.tensor([0, 0, 1, 1, 1, 0, 0, 0], dtype=torch.bool).view(1, 1, 8)
"""Distances 2 1 -1 -2 -1 1 2 3."""


def certain(*voxels: int) -> torch.Tensor:
    """Logits of a row in which these voxels are predicted."""
    logits = torch.full((1, 1, 8), -1e4)
    logits[..., list(voxels)] = 1e4
    return logits


@pytest.mark.parametrize(
    ("voxels", "distances"), [((2, 3, 4), [-1, -2, -1]), ((3,), [-2]), ((1, 2, 3, 4, 7), [1, -1, -2, -1, 3]), ((), [])]
)
def test_what_is_predicted_costs_its_distance(voxels, distances):
    assert BoundaryLoss(REGIONS)(certain(*voxels), MASK).item() == pytest.approx(sum(distances) / 8)


def test_far_is_as_bad_as_the_farthest():
    assert BoundaryLoss(REGIONS, farthest=2)(certain(0, 1, 3, 7), MASK).item() == pytest.approx((2 + 1 - 2 + 2) / 8)


def test_right_is_least():
    right = BoundaryLoss(REGIONS)(certain(2, 3, 4), MASK)
    for other in ((2, 3), (2, 3, 4, 5), (0, 2, 3, 4), (), tuple(range(8))):
        assert BoundaryLoss(REGIONS)(certain(*other), MASK) > right


def test_ignored_voxels_are_on_neither_side():
    """Without two voxels behind the mask, its last one is 3 from what is known not to be in it."""
    unknown = torch.tensor([0, 0, 0, 0, 0, 1, 1, 0], dtype=torch.bool).view(1, 1, 8)
    loss = BoundaryLoss(TargetForm(regions=True, ignore_label=2))
    target = torch.cat((MASK, unknown), 1)
    assert loss(certain(2, 3, 4, 5), target).item() == pytest.approx((-1 - 2 - 3) / 6)
    assert loss(certain(0, 7), target).item() == pytest.approx((2 + 3) / 6)


def test_softmax_counts_the_foreground():
    """Of two classes, the second with the distances of the region; each probability is that of the sigmoid."""
    logit = torch.randn(1, 1, 8, generator=torch.Generator().manual_seed(0))
    two = BoundaryLoss()(torch.cat((torch.zeros_like(logit), logit), 1), MASK.long())
    torch.testing.assert_close(two, BoundaryLoss(REGIONS)(logit, MASK))


def test_absent_classes_contribute_nothing():
    case = make_case("labels", "2D", ignore=False)
    target = case.target.where(case.target != 3, 0)
    loss = BoundaryLoss()
    three = loss(case.logits, target)
    merged = torch.cat((case.logits[:, :1].logsumexp(1, keepdim=True), case.logits[:, 1:]), 1)
    louder = merged.detach().clone().requires_grad_()
    two = (loss(louder, target.clamp(max=2)) * 3 / 2).item()
    assert three.item() == pytest.approx(two * 2 / 3)
    slope = gradient(loss, Case(case.logits, torch.zeros_like(target), case.form))
    assert (slope == 0).all()


def test_spacing_is_relative_to_the_finest():
    case = make_case("labels", "3D", ignore=False)
    results = [
        BoundaryLoss(spacing=spacing)(case.logits, case.target) for spacing in ((4, 1, 1), (2, 0.5, 0.5), (8, 2, 2))
    ]
    assert results[0] == results[1] == results[2]
    assert results[0] != BoundaryLoss()(case.logits, case.target)
    assert BoundaryLoss(spacing=(3, 3, 3))(case.logits, case.target) == BoundaryLoss()(case.logits, case.target)


def test_coarser_outputs_show_the_same_world():
    """Twice as large a voxel is twice as far, so that a coarse output has about the loss of the fine one."""
    fine = torch.zeros(1, 1, 64, 64, dtype=torch.bool)
    fine[..., 16:48, 8:40] = True
    loss = BoundaryLoss(REGIONS, spacing=(1, 1), patch_size=(64, 64))
    halved = BoundaryLoss(REGIONS)
    coarse, logits = fine[..., ::2, ::2], torch.zeros(1, 1, 64, 64)
    at_coarse = loss(logits[..., ::2, ::2], coarse)
    assert at_coarse == 2 * halved(logits[..., ::2, ::2], coarse)
    assert at_coarse.item() == pytest.approx(loss(logits, fine).item(), rel=0.1)
    uneven = BoundaryLoss(REGIONS, spacing=(1, 1), patch_size=(64, 64))(logits[..., ::2], fine[..., ::2])
    assert uneven == BoundaryLoss(REGIONS, spacing=(1, 2), patch_size=(64, 32))(logits[..., ::2], fine[..., ::2])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"spacing": (1, 0)}, r"spacing: expected numbers above 0, got \[1, 0\]"),
        ({"spacing": (1, 1), "patch_size": (4, 4, 4)}, "spacing: expected 3 numbers"),
        ({"farthest": 0}, "farthest: expected a number above 0, got 0"),
    ],
)
def test_bad_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        BoundaryLoss(**options)


def test_spacing_of_other_dimension_is_refused():
    with pytest.raises(ValueError, match="expected 3 spatial axes"):
        BoundaryLoss(spacing=(3, 1, 1))(torch.zeros(1, 2, 4, 4), torch.zeros(1, 1, 4, 4))


@pytest.mark.parametrize(("progress", "share"), [(0.0, 0.01), (0.5, 0.255), (1.0, 0.5), (-1, 0.01), (7, 0.5)])
def test_the_share_grows_linearly(progress, share):
    case = make_case("labels", "2D", ignore=True)
    regional, of_border = DiceCELoss(case.form), BoundaryLoss(case.form)
    loss = RebalancedLoss(regional, of_border)
    loss.set_progress(progress)
    expected = (1 - share) * regional(case.logits, case.target) + share * of_border(case.logits, case.target)
    torch.testing.assert_close(loss(case.logits, case.target), expected)


def test_before_it_is_told_the_run_begins():
    loss = RebalancedLoss(DiceCELoss(), BoundaryLoss(), start=0.2)
    assert loss.weights == (0.8, 0.2)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_shares_are_checked(share):
    with pytest.raises(ValueError, match=f"end: expected a share from 0 to 1, got {share}"):
        RebalancedLoss(DiceCELoss(), BoundaryLoss(), end=share)
