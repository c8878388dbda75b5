"""Boundary loss: what is predicted costs as much as it is far from where it should end."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from nnunet_spine.losses.distance import signed_distance, signed_distance_of_classes
from nnunet_spine.losses.loss import Loss
from nnunet_spine.losses.target import LABELS, Batch, TargetForm

FARTHEST = 32.0
"""16 mm where voxels are half a millimetre: more than half the height of a vertebra, inside which all is exact."""


class BoundaryLoss(Loss):
    r"""Mean of probability times signed distance to the reference's border, over voxels and foreground classes.

    .. math:: L_B = \int_\Omega \phi_G(q) s_\theta(q) dq

    Kervadec et al., Boundary loss for highly unbalanced segmentation, MIDL 2019 (https://arxiv.org/abs/1812.07032),
    Medical Image Analysis 67, 2021, L_B there. It is below 0 where the prediction is right, and flat where all of it
    is, so it is to be used beside another loss (`RebalancedLoss`). A class without a border, absent or everywhere,
    contributes nothing; nor do ignored voxels, which are on neither side of a border.

    Distances are in voxels of the finest axis, from centre to centre of the nearest voxel on the other side: 1 beside
    the border outside, -1 inside. (The authors' code has 0 there inside, which leaves the rim without a pull.) They are
    exact up to `farthest`, and that beyond: what is far from where it should be costs the same however far it is.

    Args:
        form: of the target.
        spacing: of the voxels, in any unit; None means the same along all axes.
        patch_size: voxels of the output that has this spacing. Outputs of other sizes, of deep supervision, show the
            same part of the world in other voxels. None: every output has this spacing.
        farthest: larger distances become this one, in voxels of the finest axis; `inf` for none.

    Raises:
        ValueError: if a spacing or `farthest` is not above 0, or the sizes do not match.
    """

    def __init__(
        self,
        form: TargetForm = LABELS,
        spacing: Sequence[float] | None = None,
        patch_size: Sequence[int] | None = None,
        farthest: float = FARTHEST,
    ) -> None:
        super().__init__(form)
        if spacing is not None and not all(0 < mm < math.inf for mm in spacing):
            raise ValueError(f"spacing: expected numbers above 0, got {list(spacing)}")
        if spacing is not None and patch_size is not None and len(spacing) != len(patch_size):
            raise ValueError(f"spacing: expected {len(patch_size)} numbers as in patch_size, got {list(spacing)}")
        if not farthest > 0:
            raise ValueError(f"farthest: expected a number above 0, got {farthest}")
        self.spacing = None if spacing is None else tuple(mm / min(spacing) for mm in spacing)
        self.patch_size = None if patch_size is None else tuple(patch_size)
        self.farthest = farthest

    def of(self, batch: Batch) -> torch.Tensor:
        """The loss of a batch that was read already."""
        distance = self._distance(batch)
        probabilities = batch.probabilities[:, -distance.shape[1] :]
        return (probabilities * distance).sum() / (batch.number_counted * distance.shape[1])

    def _distance(self, batch: Batch) -> torch.Tensor:
        """Signed distances of the foreground classes or regions, 0 where ignored."""
        spacing = self._spacing_of(batch.logits.shape[2:])
        if self.form.regions:
            distance = signed_distance(batch.reference, spacing, batch.counted, self.farthest)
        else:
            distance = signed_distance_of_classes(batch.reference, spacing, self.farthest)[:, 1:]
        return distance if batch.counted is None else distance * batch.counted

    def _spacing_of(self, size: Sequence[int]) -> tuple[float, ...]:
        spacing = self.spacing or (1.0,) * len(size)
        full = self.patch_size or size
        if len(spacing) != len(size) or len(full) != len(size):
            raise ValueError(f"logits: expected {len(spacing)} spatial axes as in spacing, got {tuple(size)}")
        return tuple(mm * whole / n for mm, whole, n in zip(spacing, full, size, strict=True))
