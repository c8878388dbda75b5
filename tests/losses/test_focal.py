from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from monai.losses import FocalLoss as MonaiFocalLoss
from torch.nn import functional as F  # noqa: N812

from nnunet_spine.losses import CrossEntropyLoss, FocalLoss, TargetForm

from .conftest import IGNORE, SIZES, make_case

LOGIT = math.log(3)
"""With 0 for the other one, probabilities of 3/4 and 1/4."""


@pytest.mark.parametrize("gamma", [0, 0.5, 2, 4])
def test_one_voxel(gamma):
    """p_t = 3/4 where right, 1/4 where wrong: -(1/4)**gamma log 3/4 and -(3/4)**gamma log 1/4."""
    logits = torch.tensor([0.0, LOGIT]).view(1, 2, 1)
    right, wrong = -(0.25**gamma) * math.log(0.75), -(0.75**gamma) * math.log(0.25)
    loss, regions = FocalLoss(gamma=gamma), FocalLoss(TargetForm(regions=True), gamma)
    assert loss(logits, torch.tensor([[[1]]])).item() == pytest.approx(right, rel=1e-5)
    assert loss(logits, torch.tensor([[[0]]])).item() == pytest.approx(wrong, rel=1e-5)
    assert regions(logits[:, 1:], torch.tensor([[[True]]])).item() == pytest.approx(right, rel=1e-5)
    assert regions(logits[:, 1:], torch.tensor([[[False]]])).item() == pytest.approx(wrong, rel=1e-5)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ignore", [False, True])
def test_without_gamma_it_is_cross_entropy_to_the_last_bit(size, ignore):
    case = make_case("labels", size, ignore)
    oracle = F.cross_entropy(case.logits, case.target[:, 0].long(), ignore_index=IGNORE)
    for loss in (FocalLoss(case.form, gamma=0), CrossEntropyLoss(case.form)):
        ours = loss(case.logits, case.target)
        assert torch.equal(ours, oracle)
        for mine, other in zip(
            torch.autograd.grad(ours, case.logits),
            torch.autograd.grad(oracle, case.logits, retain_graph=True),
            strict=True,
        ):
            assert torch.equal(mine, other)


def test_without_gamma_it_is_binary_cross_entropy_to_the_last_bit():
    case = make_case("regions", "3D", ignore=False)
    oracle = F.binary_cross_entropy_with_logits(case.logits, case.target.float(), reduction="sum") / case.logits.numel()
    assert torch.equal(FocalLoss(case.form, gamma=0)(case.logits, case.target), oracle)


def test_binary_cross_entropy_of_counted_voxels():
    case = make_case("regions", "2D", ignore=True)
    each = F.binary_cross_entropy_with_logits(case.logits, case.target[:, :-1].float(), reduction="none")
    expected = each.masked_select(case.counted).mean()
    torch.testing.assert_close(CrossEntropyLoss(case.form)(case.logits, case.target), expected)


@pytest.mark.parametrize("gamma", [0.5, 2, 4])
@pytest.mark.parametrize("alpha", [None, 0.25])
def test_softmax_is_monais_times_the_number_of_classes(gamma, alpha):
    """MONAI takes the mean over classes as well, all but one of which are zeros."""
    case = make_case("labels", "3D", ignore=False)
    oracle = MonaiFocalLoss(to_onehot_y=True, use_softmax=True, gamma=gamma, alpha=alpha)
    ours = FocalLoss(case.form, gamma, alpha)
    torch.testing.assert_close(ours(case.logits, case.target), 4 * oracle(case.logits, case.target))


@pytest.mark.parametrize("gamma", [0.5, 2, 4])
@pytest.mark.parametrize("alpha", [None, 0.25])
def test_regions_are_monais(gamma, alpha):
    case = make_case("regions", "3D", ignore=False)
    ours, oracle = FocalLoss(case.form, gamma, alpha), MonaiFocalLoss(gamma=gamma, alpha=alpha)
    torch.testing.assert_close(ours(case.logits, case.target), oracle(case.logits, case.target.float()))


def test_weights_of_classes():
    case = make_case("labels", "2D", ignore=True)
    weights = [0.1, 1.0, 2.0, 3.0]
    each = F.cross_entropy(case.logits, case.target[:, 0].long(), ignore_index=IGNORE, reduction="none")
    weighted = each * torch.tensor([*weights, 0.0])[case.target[:, 0].long()]
    ours = FocalLoss(case.form, gamma=0, alpha=weights)(case.logits, case.target)
    torch.testing.assert_close(ours, weighted.sum() / case.counted.sum())


def test_two_classes_are_one_region():
    rng = torch.Generator().manual_seed(0)
    logit, mask = torch.randn(2, 1, 5, 5, generator=rng), torch.rand(2, 1, 5, 5, generator=rng) < 0.5
    labels = FocalLoss(gamma=2, alpha=0.3)(torch.cat((torch.zeros_like(logit), logit), 1), mask.long())
    regions = FocalLoss(TargetForm(regions=True), gamma=2, alpha=[0.3])(logit, mask)
    torch.testing.assert_close(labels, regions)


@pytest.mark.parametrize("gamma", [0.01, 0.5, 1, 2])
@pytest.mark.parametrize("kind", ["labels", "regions"])
def test_certainty_has_a_finite_slope(gamma, kind):
    """At p_t = 1 the slope of (1 - p_t) ** gamma is infinite for gamma < 1, that of the loss is 0."""
    for logit in (10.0, 40.0, 100.0, 1e4):
        logits = torch.full((1, 2, 3, 3), -logit)
        logits[:, 1] = logit
        target = torch.ones(1, 1, 3, 3, dtype=torch.long)
        target = torch.cat((1 - target, target), 1) if kind == "regions" else target
        logits.requires_grad_()
        loss = FocalLoss(TargetForm(regions=kind == "regions"), gamma)(logits, target)
        (slope,) = torch.autograd.grad(loss, logits)
        assert 0 <= loss < 1e-3
        assert slope.isfinite().all()
        assert slope.abs().max() < 1e-3


def test_what_is_certain_and_wrong_costs_its_logit():
    logits = torch.tensor([1e4, -1e4]).view(1, 2, 1)
    assert FocalLoss()(logits, torch.tensor([[[1]]])).item() == pytest.approx(2e4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gamma": -1}, "gamma: expected a number not below 0, got -1"),
        ({"gamma": math.nan}, "gamma: expected"),
        ({"alpha": -0.1}, "^alpha: .* got -0.1"),
        ({"alpha": np.float32(1.5)}, "^alpha: expected numbers from 0 to 1, got 1.5"),
        ({"alpha": 1.5}, "from 0 to 1, got 1.5"),
        ({"alpha": [0.1, -2]}, r"alpha\[1\].*-2"),
        ({"alpha": []}, "alpha: expected .* got none"),
    ],
)
def test_bad_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        FocalLoss(**options)


@pytest.mark.parametrize("alpha", [[2.0], [1, 1, 1], np.ones(5)])
@pytest.mark.parametrize("regions", [False, True])
def test_as_many_alphas_as_channels(alpha, regions):
    """A list of one is no number: Lin's background would weigh 1 - 2."""
    target = torch.zeros(1, 4 if regions else 1, 3, 3)
    with pytest.raises(ValueError, match=f"each of 4 channels, got {len(alpha)}"):
        FocalLoss(TargetForm(regions), alpha=np.clip(alpha, 0, 1) if regions else alpha)(
            torch.zeros(1, 4, 3, 3), target
        )


@pytest.mark.parametrize("kind", ["labels", "regions"])
def test_numbers_and_lists_of_numpy(kind):
    case = make_case(kind, "2D", ignore=True)
    channels = case.logits.shape[1]
    for numpys, same in ((np.float64(0.25), 0.25), (np.int64(1), 1), (np.full(channels, 0.5), [0.5] * channels)):
        ours, expected = (FocalLoss(case.form, alpha=alpha)(case.logits, case.target) for alpha in (numpys, same))
        assert ours == expected
