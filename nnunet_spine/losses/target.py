"""What a loss is given: nnU-Net's target, read once into the one form that every loss computes with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch.nn import functional as F  # noqa: N812


@dataclass(frozen=True)
class TargetForm:
    """What nnU-Net's target means.

    Attributes:
        regions: of regions, which may overlap (sigmoid); otherwise of labels, which do not (softmax).
        ignore_label: number of the label of voxels that do not count, None if there is none. For regions any number
            means that the last channel of the target is the mask of such voxels.
    """

    regions: bool = False
    ignore_label: int | None = None

    def read(self, logits: torch.Tensor, target: torch.Tensor) -> Batch:
        """Bring logits and target together.

        Args:
            logits: (B, C, *S) of any floating type; half precision is computed with in float32, float64 stays.
            target: (B, 1, *S) labels of any type, or (B, C, *S) regions, one channel more with an ignore mask.

        Raises:
            ValueError: if their shapes do not belong together.
        """
        self._check(logits, target)
        if logits.dtype in (torch.float16, torch.bfloat16):
            logits = logits.float()
        if not self.regions:
            counted = None if self.ignore_label is None else target != self.ignore_label
            return Batch(logits, target, counted, self)
        target = target > 0.5 if target.is_floating_point() else target.bool()
        if self.ignore_label is None:
            return Batch(logits, target, None, self)
        return Batch(logits, target[:, :-1], ~target[:, -1:], self)

    def _check(self, logits: torch.Tensor, target: torch.Tensor) -> None:
        if logits.ndim < 3 or not logits.is_floating_point():
            raise ValueError(f"logits: expected floats (B, C, *S), got {logits.dtype} {tuple(logits.shape)}")
        channels = logits.shape[1]
        if not self.regions and channels < 2:
            raise ValueError("logits: expected a channel for the background and one for each label, got one channel")
        expected = channels + (self.ignore_label is not None) if self.regions else 1
        wanted = (logits.shape[0], expected, *logits.shape[2:])
        if tuple(target.shape) != wanted:
            kind = f"{expected} regions (ignore mask included)" if self.regions else "labels"
            raise ValueError(
                f"target: expected {kind} {wanted} for logits {tuple(logits.shape)}, got {tuple(target.shape)}"
            )


LABELS = TargetForm()
"""Labels without an ignore label."""


@dataclass(frozen=True)
class Batch:
    """Logits of a batch and what they should have been; what several losses need is computed once.

    Attributes:
        logits: (B, C, *S), float32 or float64.
        target: (B, 1, *S) labels, or (B, C, *S) regions (bool).
        counted: (B, 1, *S) mask of the voxels that are not ignored; None if that is all of them.
        form: of the target.
    """

    logits: torch.Tensor
    target: torch.Tensor
    counted: torch.Tensor | None
    form: TargetForm

    @property
    def spatial(self) -> tuple[int, ...]:
        """The spatial axes."""
        return tuple(range(2, self.logits.ndim))

    @cached_property
    def number_counted(self) -> torch.Tensor | int:
        """Number of voxels of the batch that are not ignored; at least 1, so that one can divide by it."""
        if self.counted is None:
            return self.target[:, 0].numel()
        return self.counted.sum().clamp(min=1)

    @cached_property
    def labels(self) -> torch.Tensor:
        """Labels (B, *S) as indices, the ignore label among them."""
        return self.target[:, 0].long()

    @cached_property
    def reference(self) -> torch.Tensor:
        """Masks (B, C, *S) of the classes or regions, all of them False where ignored."""
        if not self.form.regions:
            classes = torch.arange(self.logits.shape[1], device=self.target.device, dtype=self.target.dtype)
            return self.target == classes.view(1, -1, *[1] * len(self.spatial))
        return self.target if self.counted is None else self.target & self.counted

    @cached_property
    def log_probabilities(self) -> torch.Tensor:
        """Log-softmax (B, C, *S)."""
        return F.log_softmax(self.logits, 1)

    @cached_property
    def probabilities(self) -> torch.Tensor:
        """Softmax or sigmoid (B, C, *S), ignored voxels included."""
        return self.logits.sigmoid() if self.form.regions else self.log_probabilities.exp()

    def cross_entropy(self, reduction: str = "none") -> torch.Tensor:
        """`-log` of the probability of what is true: (B, *S), or (B, C, *S) for regions; 0 where ignored.

        Args:
            reduction: `none`, or `sum` for the sum of them all.
        """
        if not self.form.regions:
            ignored = -100 if self.form.ignore_label is None else self.form.ignore_label
            return F.nll_loss(self.log_probabilities, self.labels, ignore_index=ignored, reduction=reduction)
        each = F.binary_cross_entropy_with_logits(self.logits, self.target.to(self.logits.dtype), reduction="none")
        each = each if self.counted is None else each * self.counted
        return each.sum() if reduction == "sum" else each
