"""Shorter or longer runs than nnU-Net's 1000 epochs of 250 iterations."""

from __future__ import annotations

from typing import ClassVar

import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer


class RunLength(nnUNetTrainer):
    """Sets the length of a run; the learning rate schedule follows it because nnU-Net's is relative to `num_epochs`."""

    epochs: ClassVar[int]
    iterations: ClassVar[int | None]

    def __init__(
        self,
        plans: dict,
        configuration: str,
        fold: int,
        dataset_json: dict,
        device: torch.device = torch.device("cuda"),
    ) -> None:
        super().__init__(plans, configuration, fold, dataset_json, device)
        self.num_epochs = self.epochs
        if self.iterations is not None:
            self.num_val_iterations_per_epoch = max(1, self.iterations * self.num_val_iterations_per_epoch // 250)
            self.num_iterations_per_epoch = self.iterations
        self.save_every = max(1, min(self.save_every, self.num_epochs // 10))
