"""A recipe for short runs that learns more of every iteration: Muon in place of AdamW."""

from __future__ import annotations

import torch

from nnunet_spine.trainers.one_cycle import OneCycle
from nnunet_spine.training.muon import Muon


class MuonCycle(OneCycle):
    """Muon for convolutions, AdamW for the rest, with one cycle of the learning rate as `OneCycle` has it."""

    def make_optimizer(self) -> torch.optim.Optimizer:
        """Muon."""
        return Muon(self.network, lr=self.initial_lr, weight_decay=self.weight_decay)
