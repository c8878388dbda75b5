"""What every part of a trainer is made of."""

from __future__ import annotations

import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer


class Part(nnUNetTrainer):
    """A part changes one thing about nnU-Net's trainer, by overriding `configure` or a method of nnU-Net's.

    nnU-Net reads the signature of `__init__` to know what to store in a checkpoint, so it stands here once for all.
    """

    def __init__(
        self,
        plans: dict,
        configuration: str,
        fold: int,
        dataset_json: dict,
        device: torch.device = torch.device("cuda"),
    ) -> None:
        super().__init__(plans, configuration, fold, dataset_json, device)
        self.configure()

    def configure(self) -> None:
        """Set attributes, after nnU-Net has set its own; every part calls `super().configure()` first."""
