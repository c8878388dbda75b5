"""One of the processes of test_distributed: trains one step on its share of the batch, and keeps the gradient."""

from __future__ import annotations

import sys
from datetime import timedelta

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from nnunet_spine.losses import CompoundLoss, FocalTverskyLoss, OverlapOptions, SoftDiceLoss, TverskyLoss

IMAGES, PROCESSES = 4, 2


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Images (4, 1, 6, 6) and labels."""
    rng = torch.Generator().manual_seed(0)
    return torch.randn(IMAGES, 1, 6, 6, generator=rng), torch.randint(0, 3, (IMAGES, 1, 6, 6), generator=rng)


def network() -> nn.Module:
    """A convolution, the same in every process."""
    torch.manual_seed(0)
    return nn.Conv2d(1, 3, 3, padding=1)


def loss(ddp: bool) -> CompoundLoss:
    """Every loss of overlap, over the whole batch."""
    options = OverlapOptions(batch_dice=True, ddp=ddp)
    makers = (SoftDiceLoss, TverskyLoss, FocalTverskyLoss)
    return CompoundLoss([make(overlap=options) for make in makers], [1, 1, 1])


def main(rank: int, rendezvous: str, shares: list[int], output: str) -> None:
    """Train a step as nnU-Net does with several GPUs."""
    distributed.init_process_group("gloo", f"file://{rendezvous}", timedelta(seconds=60), PROCESSES, rank)
    model = DistributedDataParallel(network())
    images, labels = (x.split(shares)[rank] for x in batch())
    value = loss(ddp=True)(model(images), labels)
    value.backward()
    torch.save([value.detach(), *(parameter.grad for parameter in model.parameters())], output)
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], [int(n) for n in sys.argv[3].split(",")], sys.argv[4])
