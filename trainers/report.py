"""The first study's way of training: Adam, less on plateaus, small patches, Dice and cross entropy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from nnunet_spine.trainers.dice_ce import DiceCE
from nnunet_spine.trainers.loss_part import LossPart

LEARNING_RATE = 1e-3
BATCH_SIZE = 4
PATCH_SIZE = (256, 256)


class PlateauSchedule:
    """torch's ReduceLROnPlateau with its default factor and patience, over the validation losses of all epochs so far.

    nnU-Net stores no state of a schedule. So it is run over the whole history at the start of every epoch, and a
    resumed run finds its place.

    Args:
        optimizer: whose learning rate is set.
        initial: learning rate of the first epoch.
        history: gives the validation losses of the finished epochs.
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, initial: float, history: Callable[[], Sequence[float]]
    ) -> None:
        self.optimizer, self.initial, self.history = optimizer, initial, history

    def step(self, epoch: int) -> None:
        """Set the learning rate for an epoch."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.initial
        plateau = ReduceLROnPlateau(self.optimizer)
        for loss in self.history()[:epoch]:
            plateau.step(loss)


class Report(LossPart):
    """Adam with 1e-3, reduced on plateaus, 4 slices of 256x256; Dice and cross entropy unless a loss is named."""

    make_loss = DiceCE.make_loss  # no subclass of it: a loss that is named comes before the recipe

    def configure(self) -> None:
        """Change the plan, so that prediction, which reads it from the folder of the model, has the same patch.

        Raises:
            NotImplementedError: for volumes; the study was in 2D.
        """
        super().configure()
        dim = len(self.configuration_manager.patch_size)
        if dim != len(PATCH_SIZE):
            raise NotImplementedError(f"{type(self).__name__}: the recipe Report is for 2d, got a plan in {dim}D")
        changes = {"patch_size": list(PATCH_SIZE), "batch_size": BATCH_SIZE}
        self.configuration_manager.configuration.update(changes)
        self.plans_manager.plans["configurations"][self.configuration_name].update(changes)
        self.initial_lr = LEARNING_RATE

    def configure_optimizers(self) -> tuple[torch.optim.Optimizer, PlateauSchedule]:
        """Adam without weight decay, and its schedule."""
        optimizer = torch.optim.Adam(self.network.parameters(), lr=self.initial_lr)
        schedule = PlateauSchedule(optimizer, self.initial_lr, lambda: self.logger.get_value("val_losses", step=None))
        return optimizer, schedule
