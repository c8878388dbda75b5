"""A recipe for short runs: AdamW, and a learning rate that rises once and falls once within the run."""

from __future__ import annotations

import math

import torch
from torch.optim.lr_scheduler import LRScheduler

from nnunet_spine.trainers.part import Part

PEAK = 1e-2
"""Highest learning rate; of 3e-3, 1e-2 and 2e-2 the one that learned most in 600 iterations on the phantom."""
WARM_UP = 0.1
"""Share of the run in which the learning rate rises."""
START, END = 0.1, 0.01
"""Learning rate at the ends of the run, relative to the peak."""


class OneCycleSchedule(LRScheduler):
    """Cosine from `START` of the peak up to the peak and down to `END` of it, one value an iteration.

    Smith and Topin, Super-convergence, 2017 (https://arxiv.org/abs/1708.07120). A closed form of the position, so that
    nnU-Net, which steps by epochs, and a resumed run find their place without state.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, peak: float, epochs: int, iterations: int) -> None:
        self.peak, self.total, self.iterations = peak, epochs * iterations, iterations
        self.position = 0
        super().__init__(optimizer)
        self.step(0)

    def rate(self, position: int) -> float:
        """Learning rate of an iteration, counted from the start of the run."""
        done = min(position / max(self.total - 1, 1), 1.0)
        height, base = (done / WARM_UP, START) if done < WARM_UP else ((1 - done) / (1 - WARM_UP), END)
        return self.peak * (base + (1 - base) * 0.5 * (1 - math.cos(math.pi * height)))

    def step(self, epoch: int | None = None) -> None:
        """Go to the beginning of an epoch, or without one to the next iteration."""
        self.position = self.position + 1 if epoch is None else epoch * self.iterations
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(self.position)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]


class OneCycle(Part):
    """AdamW with one cycle of the learning rate; nnU-Net's own schedule is made for 250,000 iterations."""

    def configure(self) -> None:
        """Set the peak of the learning rate."""
        super().configure()
        self.initial_lr = PEAK

    def make_optimizer(self) -> torch.optim.Optimizer:
        """AdamW."""
        return torch.optim.AdamW(self.network.parameters(), lr=self.initial_lr, weight_decay=self.weight_decay)

    def configure_optimizers(self) -> tuple[torch.optim.Optimizer, LRScheduler]:
        """The optimizer and its schedule."""
        optimizer = self.make_optimizer()
        schedule = OneCycleSchedule(optimizer, self.initial_lr, self.num_epochs, self.num_iterations_per_epoch)
        return optimizer, schedule

    def train_step(self, batch: dict) -> dict:
        """nnU-Net's step, then the next value of the learning rate."""
        result = super().train_step(batch)
        self.lr_scheduler.step()
        return result
