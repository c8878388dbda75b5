"""Small batches of every form of target, and every loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import torch

from nnunet_spine.losses import (
    BoundaryLoss,
    CrossEntropyLoss,
    DiceCELoss,
    FocalDiceLoss,
    FocalLoss,
    FocalTverskyLoss,
    Loss,
    OverlapOptions,
    RebalancedLoss,
    SoftDiceLoss,
    TargetForm,
    TverskyLoss,
)

Make = Callable[..., Loss]

LOSSES: dict[str, Make] = {
    "focal": lambda form, overlap: FocalLoss(form),
    "focal with alpha": lambda form, overlap: FocalLoss(form, gamma=0.5, alpha=0.25),
    "cross entropy": lambda form, overlap: CrossEntropyLoss(form),
    "dice": SoftDiceLoss,
    "tversky": TverskyLoss,
    "focal tversky": FocalTverskyLoss,
    "focal + dice": FocalDiceLoss,
    "dice + cross entropy": DiceCELoss,
    "boundary": lambda form, overlap: BoundaryLoss(form),
    "rebalanced": lambda form, overlap: RebalancedLoss(DiceCELoss(form, overlap), BoundaryLoss(form), start=0.3),
}
OF_CLASSES = [name for name in LOSSES if name != "focal with alpha"]
"""Losses that treat all foreground classes alike."""

IGNORE = 4
SIZES = {"2D": (7, 6), "3D": (4, 5, 6)}


@dataclass(frozen=True)
class Case:
    """Logits of 4 classes or 3 regions in 2 samples, their target and its form."""

    logits: torch.Tensor
    target: torch.Tensor
    form: TargetForm

    @property
    def counted(self) -> torch.Tensor:
        """Voxels that are not ignored (B, 1, *S)."""
        if self.form.ignore_label is None:
            return torch.ones_like(self.target[:, :1], dtype=torch.bool)
        return ~self.target[:, -1:].bool() if self.form.regions else self.target != self.form.ignore_label

    def where_ignored(self, mask: torch.Tensor) -> Case:
        """The same with other voxels (B, 1, *S) ignored."""
        if self.form.regions:
            return replace(self, target=torch.cat((self.target[:, :-1], mask), 1))
        return replace(self, target=self.target % IGNORE * ~mask + IGNORE * mask)


def make_case(kind: str, size: str, ignore: bool, dtype: torch.dtype = torch.float32, seed: int = 0) -> Case:
    """A random case; `kind` is labels or regions."""
    rng = torch.Generator().manual_seed(seed)
    spatial, regions = SIZES[size], kind == "regions"
    logits = 2 * torch.randn(2, 3 if regions else 4, *spatial, generator=rng, dtype=dtype)
    if regions:
        target = torch.rand(2, 3, *spatial, generator=rng) < 0.4
        if ignore:
            target = torch.cat((target, torch.rand(2, 1, *spatial, generator=rng) < 0.2), 1)
    else:
        target = torch.randint(0, 4 + ignore, (2, 1, *spatial), generator=rng).to(torch.int16)
    return Case(logits.requires_grad_(), target, TargetForm(regions, IGNORE if ignore else None))


def gradient(loss: Loss, case: Case) -> torch.Tensor:
    """Gradient of the loss with respect to the logits."""
    (result,) = torch.autograd.grad(loss(case.logits, case.target), case.logits)
    return result


@pytest.fixture(params=LOSSES)
def make(request: pytest.FixtureRequest) -> Make:
    """Makes a loss of a form of target and options of overlap."""
    return LOSSES[request.param]


@pytest.fixture(params=["labels", "regions"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[False, True], ids=["own dice", "batch dice"])
def overlap(request: pytest.FixtureRequest) -> OverlapOptions:
    return OverlapOptions(batch_dice=request.param)
