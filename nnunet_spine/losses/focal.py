"""Focal loss: cross entropy in which voxels count the less the better they are classified."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real

import torch

from nnunet_spine.losses.checks import not_negative
from nnunet_spine.losses.loss import Loss
from nnunet_spine.losses.target import LABELS, Batch, TargetForm


class FocalLoss(Loss):
    r"""Focal loss of the softmax over classes, or of the sigmoid of each region.

    .. math:: FL = - \alpha_t (1 - p_t)^\gamma \log p_t

    with `p_t` the probability that is given to what is true; the mean over voxels (and regions) that are not ignored.
    Lin et al., Focal Loss for Dense Object Detection, ICCV 2017 (https://arxiv.org/abs/1708.02002), equations 4 and 5;
    there it is divided by the number of objects, which a segmentation does not have. With gamma = 0 and without alpha
    it is cross entropy, to the last bit.

    Args:
        form: of the target.
        gamma: how fast the weight of a voxel falls with `p_t`, not below 0.
        alpha: weight of what is true. One number weighs the foreground by alpha and the background by 1 - alpha
            (Lin's); a list, one number for each class, has the weights of the classes, or for regions an alpha for
            each.

    Raises:
        ValueError: if gamma or a weight is negative, or an alpha that needs a 1 - alpha is above 1; when it is called,
            if a list has not one number for each class.
    """

    def __init__(
        self, form: TargetForm = LABELS, gamma: float = 2.0, alpha: float | Sequence[float] | None = None
    ) -> None:
        super().__init__(form)
        self.gamma = gamma
        not_negative(gamma=gamma)
        self.single = isinstance(alpha, Real)
        self.register_buffer("alpha", None if alpha is None else self._checked(alpha), persistent=False)

    def _checked(self, alpha: float | Sequence[float]) -> torch.Tensor:
        named = {"alpha": alpha} if self.single else {f"alpha[{i}]": each for i, each in enumerate(alpha)}
        if not named:
            raise ValueError("alpha: expected a number or one for each class, got none")
        not_negative(**named)
        if (self.form.regions or self.single) and max(named.values()) > 1:
            raise ValueError(f"alpha: expected numbers from 0 to 1, got {alpha}")
        return torch.tensor([float(each) for each in named.values()], dtype=torch.float64)

    def of(self, batch: Batch) -> torch.Tensor:
        """The loss of a batch that was read already."""
        number = batch.number_counted * (batch.logits.shape[1] if self.form.regions else 1)
        if self.gamma == 0 and self.alpha is None:
            return batch.cross_entropy("sum") / number
        entropy = batch.cross_entropy()
        each = self._modulation(entropy) * entropy
        if self.alpha is not None:
            each = each * self._weight_of_truth(batch)
        return each.sum() / number

    def _modulation(self, entropy: torch.Tensor) -> torch.Tensor:
        """`(1 - p_t) ** gamma`, without cancellation near `p_t` = 1, where its slope is kept finite for gamma < 1."""
        return (-torch.expm1(-entropy)).clamp(min=torch.finfo(entropy.dtype).tiny) ** self.gamma

    def _weight_of_truth(self, batch: Batch) -> torch.Tensor:
        channels = batch.logits.shape[1]
        if not self.single and len(self.alpha) != channels:
            raise ValueError(f"alpha: expected one number for each of {channels} channels, got {len(self.alpha)}")
        alpha = self.alpha.to(batch.logits, non_blocking=True)
        if self.form.regions:
            alpha = alpha.view(-1, *[1] * len(batch.spatial))
            return torch.where(batch.target, alpha, 1 - alpha)
        if self.single:
            alpha = torch.cat((1 - alpha, alpha.expand(channels - 1)))
        labels = batch.labels if batch.counted is None else batch.labels * batch.counted[:, 0]
        return alpha[labels]
