"""Sums over the processes of a distributed training."""

from __future__ import annotations

from typing import Any

import torch
from torch import distributed


class _SumOverProcesses(torch.autograd.Function):
    """Every process depends on the tensors of all, so what comes back is the sum of what all send back."""

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor) -> torch.Tensor:
        total = tensor.contiguous().clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return _SumOverProcesses.apply(gradient)


def sum_over_processes(tensor: torch.Tensor) -> torch.Tensor:
    """Sum of the tensors of all processes, the same in each, with gradient.

    N processes that each compute the same loss of the sum send N times its gradient back; the mean over processes that
    `DistributedDataParallel` takes makes that the gradient of one process with the whole batch.
    """
    return _SumOverProcesses.apply(tensor)
