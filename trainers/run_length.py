"""Shorter or longer runs than nnU-Net's 1000 epochs of 250 iterations."""

from __future__ import annotations

from typing import ClassVar

from nnunet_spine.trainers.part import Part


class RunLength(Part):
    """Sets the length of a run; the learning rate schedule follows it because nnU-Net's is relative to `num_epochs`."""

    epochs: ClassVar[int]
    iterations: ClassVar[int | None]

    def configure(self) -> None:
        """Set the length of the run."""
        super().configure()
        self.num_epochs = self.epochs
        if self.iterations is not None:
            self.num_val_iterations_per_epoch = max(1, self.iterations * self.num_val_iterations_per_epoch // 250)
            self.num_iterations_per_epoch = self.iterations
        self.save_every = max(1, min(self.save_every, self.num_epochs // 10))
