"""A recipe for runs that start from trained weights: nnU-Net's own, at a tenth of its learning rate, and short."""

from __future__ import annotations

import math

import torch
from nnunetv2.training.lr_scheduler.polylr import PolyLRScheduler

from nnunet_spine.trainers.part import Part

PEAK = 1e-3
"""Highest learning rate, a tenth of nnU-Net's."""
EPOCHS = 50
"""Of 250 iterations: a twentieth of nnU-Net's run."""
WARM_UP = 0.1
"""Share of the epochs in which the learning rate rises: the momentum, and perhaps new heads, begin with nothing."""


class WarmUpPolySchedule(PolyLRScheduler):
    """nnU-Net's polynomial decay, with a linear rise before it; a closed form of the epoch, as nnU-Net resumes it."""

    def step(self, current_step: int | None = None) -> None:
        """Go to an epoch, or without one to the next."""
        epoch = self.ctr if current_step in (None, -1) else current_step
        super().step(current_step)
        rising = math.ceil(WARM_UP * self.max_steps)
        for group in self.optimizer.param_groups:
            group["lr"] *= min(1.0, (epoch + 1) / (rising + 1))
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]


class FineTune(Part):
    """SGD as nnU-Net's with a lower peak and a warm-up, for 50 epochs.

    A low rate with SGD leaves the weights near those it starts from: little is forgotten, and weights halfway between
    before and after are those of a working network too, which averaging needs (Wortsman et al., Robust fine-tuning of
    zero-shot models, CVPR 2022, https://arxiv.org/abs/2109.01903).
    """

    def configure(self) -> None:
        """Set the peak of the learning rate and the length of the run."""
        super().configure()
        self.initial_lr = PEAK
        self.num_epochs = EPOCHS
        self.save_every = 5

    def configure_optimizers(self) -> tuple[torch.optim.Optimizer, WarmUpPolySchedule]:
        """nnU-Net's optimizer, and the schedule."""
        optimizer, _ = super().configure_optimizers()
        return optimizer, WarmUpPolySchedule(optimizer, self.initial_lr, self.num_epochs)
