"""What holds for every loss, on labels and regions, with the overlap of samples and of batches."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from nnunet_spine.losses import BoundaryLoss, OverlapOptions, TargetForm

from .conftest import IGNORE, LOSSES, OF_CLASSES, SIZES, Case, gradient, make_case


@pytest.mark.parametrize("size", SIZES)
def test_ignored_voxels_have_no_gradient_and_no_influence(make, kind, size, overlap):
    case = make_case(kind, size, ignore=True)
    loss, ignored = make(case.form, overlap), ~case.counted
    slope = gradient(loss, case)
    assert (slope.masked_select(ignored) == 0).all()
    assert slope.masked_select(~ignored).abs().max() > 0
    other = case.logits.detach().masked_fill(ignored, 37.0)
    torch.testing.assert_close(loss(other, case.target), loss(case.logits, case.target).detach(), rtol=1e-6, atol=0)


def test_half_a_patch_ignored_is_the_other_half_alone(make, kind, overlap):
    case = make_case(kind, "2D", ignore=True)
    right = torch.zeros_like(case.counted)
    right[..., 3:] = True
    half = replace(case, logits=case.logits[..., :3], target=case.target[..., :3])
    whole = case.where_ignored(right | ~case.counted)
    loss = make(case.form, overlap)
    torch.testing.assert_close(loss(whole.logits, whole.target), loss(half.logits, half.target))


def test_a_patch_ignored_wholly_is_finite_and_teaches_nothing(make, kind, overlap):
    case = make_case(kind, "2D", ignore=True)
    case = case.where_ignored(torch.ones_like(case.counted))
    loss = make(case.form, replace(overlap, smooth=0.0))
    assert loss(case.logits, case.target).isfinite()
    assert (gradient(loss, case) == 0).all()


@pytest.mark.parametrize("filled_with", [0, 2])
@pytest.mark.parametrize("predicted", [0, 1, 2])
@pytest.mark.parametrize("smooth", [1e-5, 0.0])
def test_absent_classes_are_finite(make, filled_with, predicted, smooth):
    logits = torch.full((2, 4, 5, 6), -20.0)
    logits[:, predicted] = 20
    case = Case(logits.requires_grad_(), torch.full((2, 1, 5, 6), filled_with), TargetForm())
    loss = make(case.form, OverlapOptions(smooth=smooth))
    assert loss(case.logits, case.target).isfinite()
    assert gradient(loss, case).isfinite().all()


def test_absent_regions_are_finite(make, overlap):
    case = make_case("regions", "2D", ignore=False)
    case = replace(case, target=torch.zeros_like(case.target))
    loss = make(case.form, overlap)
    assert loss(case.logits, case.target).isfinite()
    assert gradient(loss, case).isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("size", [1, 1e4])
def test_half_precision_is_computed_in_float32(make, kind, overlap, dtype, size):
    case = make_case(kind, "2D", ignore=True)
    halved = (size * case.logits.detach()).clamp(-1e4, 1e4).to(dtype)
    half = replace(case, logits=halved.clone().requires_grad_())
    full = replace(case, logits=halved.float().requires_grad_())
    loss = make(case.form, overlap)
    assert loss(half.logits, half.target).dtype == torch.float32
    assert loss(half.logits, half.target) == loss(full.logits, full.target)
    assert loss(half.logits, half.target).isfinite()
    slope = gradient(loss, half)
    assert slope.dtype == dtype
    assert torch.equal(slope, gradient(loss, full).to(dtype))
    assert slope.isfinite().all()


def test_autocast_changes_nothing(make, kind, overlap):
    case = make_case(kind, "2D", ignore=True)
    loss = make(case.form, overlap)
    with torch.autocast("cpu", torch.bfloat16):
        cast = loss(case.logits, case.target)
    assert torch.equal(cast, loss(case.logits, case.target))


@pytest.mark.parametrize(("size", "voxels", "ignore"), [("2D", 3, False), ("2D", 3, True), ("3D", 2, True)])
def test_gradient_is_the_slope(make, kind, size, voxels, overlap, ignore):
    case = make_case(kind, size, ignore, torch.float64)
    small = (slice(None), slice(None), *[slice(0, voxels)] * (case.logits.ndim - 2))
    logits, target = case.logits[small].detach().requires_grad_(), case.target[small]
    loss = make(case.form, overlap)
    assert loss(logits, target).dtype == torch.float64
    assert torch.autograd.gradcheck(lambda x: loss(x, target), logits, atol=1e-7)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_classes_may_change_places(name, kind, overlap):
    case = make_case(kind, "2D", ignore=True)
    first = 0 if kind == "regions" else 1
    order = [*range(first), *reversed(range(first, case.logits.shape[1]))]
    loss = LOSSES[name](case.form, overlap)
    renumbered = torch.tensor([*order, IGNORE])
    target = case.target[:, [*order, -1]] if kind == "regions" else renumbered[case.target.long()]
    permuted = Case(case.logits.detach()[:, order].requires_grad_(), target, case.form)
    torch.testing.assert_close(loss(permuted.logits, permuted.target), loss(case.logits, case.target))
    torch.testing.assert_close(gradient(loss, permuted), gradient(loss, case)[:, order])


@pytest.mark.parametrize("turn", [lambda x: x.flip(0), lambda x: x.flip(-1), lambda x: x.transpose(-1, -2)])
def test_samples_and_axes_may_change_places(make, kind, overlap, turn):
    case = make_case(kind, "3D", ignore=True)
    loss = make(case.form, overlap)
    torch.testing.assert_close(loss(turn(case.logits), turn(case.target)), loss(case.logits, case.target))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.float32, torch.bfloat16])
def test_the_type_of_the_target_does_not_matter(make, kind, overlap, dtype):
    case = make_case(kind, "2D", ignore=True)
    loss = make(case.form, overlap)
    assert loss(case.logits, case.target.to(dtype)) == loss(case.logits, case.target)


def test_input_stays_as_it_was(make, kind, overlap):
    case = make_case(kind, "2D", ignore=True)
    logits, target = case.logits.detach().clone(), case.target.clone()
    gradient(make(case.form, overlap), case)
    assert torch.equal(case.logits, logits)
    assert torch.equal(case.target, target)


def test_descent_leads_to_the_target(make, kind, overlap):
    case = make_case(kind, "2D", ignore=False)
    logits = torch.zeros_like(case.logits, requires_grad=True)
    loss = make(case.form, overlap)
    optimizer = torch.optim.Adam([logits], lr=0.4)
    for _ in range(80):
        optimizer.zero_grad()
        loss(logits, case.target).backward()
        optimizer.step()
    predicted = logits > 0 if kind == "regions" else logits.argmax(1, keepdim=True)
    right = predicted == case.target
    if isinstance(loss, BoundaryLoss) and kind == "labels":
        right = right[case.target > 0]
    assert right.float().mean() > 0.98


@pytest.mark.parametrize("ignore", [False, True])
def test_nothing_waits_for_the_device(make, kind, overlap, ignore):
    """On a device that holds no values, whoever asks for one gets an error: so no loss can wait for a GPU."""
    case = make_case(kind, "3D", ignore)
    logits = case.logits.detach().to("meta").requires_grad_()
    loss = make(case.form, overlap)(logits, case.target.to("meta"))
    loss.backward()
    assert loss.device.type == logits.grad.device.type == "meta"


@pytest.mark.parametrize("name", ["focal + dice", "rebalanced"])
def test_compiled_it_is_the_same(name, kind):
    case = make_case(kind, "2D", ignore=True)
    loss = LOSSES[name](case.form, OverlapOptions())
    torch._dynamo.reset()
    compiled = torch.compile(loss, backend="aot_eager")
    torch.testing.assert_close(compiled(case.logits, case.target), loss(case.logits, case.target))
    torch.testing.assert_close(gradient(compiled, case), gradient(loss, case))


@pytest.mark.parametrize("ignore", [False, True])
def test_shapes_that_do_not_fit_are_refused(make, kind, overlap, ignore):
    case = make_case(kind, "2D", ignore)
    loss = make(case.form, overlap)
    wrong = [case.target[:1], case.target[..., 1:], case.target[:, 0], torch.cat((case.target, case.target), 1)]
    for target in wrong:
        with pytest.raises(ValueError, match=r"target: expected .* got \("):
            loss(case.logits, target)
    with pytest.raises(ValueError, match="logits: expected floats"):
        loss(case.logits.long(), case.target)


def test_one_channel_of_labels_is_refused(make, overlap):
    with pytest.raises(ValueError, match="logits: expected a channel for the background"):
        make(TargetForm(), overlap)(torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 4))
