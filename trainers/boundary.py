"""A loss that minds how far errors are from borders, more and more so during the run."""

from __future__ import annotations

from torch import nn

from nnunet_spine.losses import BoundaryLoss, DiceCELoss, OverlapOptions, RebalancedLoss, TargetForm
from nnunet_spine.trainers.loss_part import LossPart


class Boundary(LossPart):
    """Trains with (1 - a) (Dice + cross entropy) / 2 + a boundary loss; the share a grows from epoch to epoch."""

    def make_loss(self, form: TargetForm, overlap: OverlapOptions) -> nn.Module:
        """The loss of one output."""
        patch_size = tuple(self.configuration_manager.patch_size)
        spacing = tuple(self.configuration_manager.spacing[-len(patch_size) :])
        return RebalancedLoss(DiceCELoss(form, overlap), BoundaryLoss(form, spacing, patch_size))

    def on_train_epoch_start(self) -> None:
        """Set the share from the epoch alone, so that a resumed run goes on where it was.

        The first epoch has the share of the beginning, the last that of the end; the only one is a first one.
        """
        super().on_train_epoch_start()
        (loss,) = (module for module in self.loss.modules() if isinstance(module, RebalancedLoss))
        loss.set_progress(self.current_epoch / max(self.num_epochs - 1, 1))
        self.print_to_log_file(f"Share of the boundary loss: {loss.weights[1]:.4f}")
