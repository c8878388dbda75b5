"""The schedule of the boundary loss."""

from __future__ import annotations

from nnunet_spine.losses.compound import CompoundLoss
from nnunet_spine.losses.loss import Loss

START, END = 0.01, 0.5
"""Share of the boundary loss at the ends of a run."""


class RebalancedLoss(CompoundLoss):
    """(1 - a) regional loss + a boundary loss, where a grows linearly over the run.

    The "rebalance" strategy of Kervadec et al. 2021 (https://arxiv.org/abs/1812.07032), who start with 0.01 and add as
    much every epoch. That is tied to their number of epochs; here the ends are given, and the way between them is as
    long as the run. It starts small because distances are large numbers until what is wrong is close to a border. It
    ends at one half because the boundary loss says nothing about classes that are absent, as many are from a slice:
    the regional loss has to be heard to the end (the authors' code leaves it at least 0.1).

    Args:
        regional: a loss over all voxels.
        boundary: a loss over distances, of the same form of target.
        start: share of the boundary loss at the beginning of the run.
        end: share at its end.

    Raises:
        ValueError: if a share is not between 0 and 1, or the forms differ.
    """

    def __init__(self, regional: Loss, boundary: Loss, start: float = START, end: float = END) -> None:
        for name, share in (("start", start), ("end", end)):
            if not 0 <= share <= 1:
                raise ValueError(f"{name}: expected a share from 0 to 1, got {share}")
        super().__init__([regional, boundary], [1 - start, start])
        self.start, self.end = start, end

    def set_progress(self, progress: float) -> None:
        """Set the weights for a position in the run, 0 at its beginning and 1 at its end; others are cut off."""
        share = self.start + (self.end - self.start) * min(max(progress, 0.0), 1.0)
        self.weights = (1 - share, share)
