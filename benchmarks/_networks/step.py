"""A step of training, as nnU-Net makes it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
from torch import nn

LEARNING_RATE = 1e-3
LARGEST_GRADIENT = 12


class TrainingStep:
    """Steps of a network, always on the same random batch.

    Args:
        network: on its device, which gives one output or a list of them.
        patch: size of the image.
        batch: number of images.
        classes: output maps.
        equal_weights: whether all outputs count alike; otherwise each half of the one before, and the last not at all.
    """

    def __init__(self, network: nn.Module, patch: Sequence[int], batch: int, classes: int, equal_weights: bool) -> None:
        self.network = network
        self.device = next(network.parameters()).device
        self.image = torch.randn(batch, 1, *patch, device=self.device)
        self.optimizer = torch.optim.SGD(
            network.parameters(), LEARNING_RATE, weight_decay=3e-5, momentum=0.99, nesterov=True
        )
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.device.type == "cuda")
        with torch.no_grad():
            outputs = network(self.image)
        self.targets, self.loss = self._aim(outputs, classes, equal_weights)

    def _aim(self, outputs: torch.Tensor | list[torch.Tensor], classes: int, equal_weights: bool) -> tuple:
        supervised = isinstance(outputs, list)
        sizes = [(output.shape[0], 1, *output.shape[2:]) for output in (outputs if supervised else [outputs])]
        targets = [torch.randint(classes, size, device=self.device, dtype=torch.int16) for size in sizes]
        loss = DC_and_CE_loss(
            {"batch_dice": True, "smooth": 1e-5, "do_bg": False, "ddp": False},
            {},
            dice_class=MemoryEfficientSoftDiceLoss,
        )
        if not supervised:
            return targets[0], loss
        halved = [2.0**-i for i in range(len(sizes) - 1)] + [0.0]
        weights = [1.0] * len(sizes) if equal_weights else halved
        return targets, DeepSupervisionWrapper(loss, [weight / sum(weights) for weight in weights])

    def __call__(self) -> None:
        """Forward, loss, backward, update."""
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, enabled=self.device.type == "cuda"):
            loss = self.loss(self.network(self.image), self.targets)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def held_bytes(self) -> int:
        """Bytes that stay from step to step, without gradients: weights, their momentum, the batch."""
        targets = self.targets if isinstance(self.targets, list) else [self.targets]
        momentum = [state["momentum_buffer"] for state in self.optimizer.state.values()]
        held = [*self.network.parameters(), *self.network.buffers(), *momentum, self.image, *targets]
        return sum(x.numel() * x.element_size() for x in held if x is not None)
