"""Time of a training iteration with synthesis against that with nnU-Net's own augmentation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from io import StringIO

import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from _synthesis.timing import wait

TRAINERS = ("nnUNetTrainer", "nnUNetTrainerSynthSpine")
WARM_UP = 10


@dataclass(frozen=True)
class Iteration:
    """Mean time of an iteration: waiting for the loader, synthesis, forward and backward pass.

    Attributes:
        trainer: name of the trainer.
        configuration: nnU-Net's, 2d or 3d_fullres.
        device: of the network.
        iteration_ms: the time.
        epoch_s: of as many iterations as the trainer has in an epoch.
    """

    trainer: str
    configuration: str
    device: str
    iteration_ms: float
    epoch_s: float

    def figures(self) -> dict[str, str | float]:
        """For JSON."""
        return asdict(self)


def training_times(dataset: str, configuration: str, device: str, iterations: int) -> Iterator[Iteration]:
    """Train a while with each trainer on a data set that nnU-Net has preprocessed.

    What nnU-Net writes goes to the folder that `nnUNet_results` named when it was imported.
    """
    from nnunetv2.run.run_training import get_trainer_from_args  # slow, and rarely needed

    for name in TRAINERS:
        with redirect_stdout(StringIO()):
            trainer = get_trainer_from_args(dataset, configuration, 0, name, device=torch.device(device))
            elapsed = _seconds_of_iteration(trainer, device, iterations)
        yield Iteration(name, configuration, device, 1e3 * elapsed, elapsed * trainer.num_iterations_per_epoch)


def _seconds_of_iteration(trainer: nnUNetTrainer, device: str, iterations: int) -> float:
    trainer.on_train_start()
    trainer.on_epoch_start()
    trainer.on_train_epoch_start()
    for _ in range(min(WARM_UP, iterations)):
        trainer.train_step(next(trainer.dataloader_train))
    wait(device)
    start = time.perf_counter()
    for _ in range(iterations):
        trainer.train_step(next(trainer.dataloader_train))
    wait(device)
    elapsed = (time.perf_counter() - start) / iterations
    trainer.on_train_end()
    return elapsed
