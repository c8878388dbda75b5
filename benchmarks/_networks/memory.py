"""Peak memory of a step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from _synthesis.allocations import cpu_allocations

from _networks.step import TrainingStep


def peak_bytes(make: Callable[[], TrainingStep], device: str) -> int:
    """All that is allocated at the peak of a step that is not the first: weights, momentum, gradients, activations."""
    return _cuda_peak(make) if device == "cuda" else _cpu_peak(make)


def _cpu_peak(make: Callable[[], TrainingStep]) -> int:
    step = make()
    step()
    step.optimizer.zero_grad(set_to_none=True)
    _, allocated = cpu_allocations(step)
    return step.held_bytes() + int(allocated.max())


def _cuda_peak(make: Callable[[], TrainingStep]) -> int:
    before = torch.cuda.memory_allocated()
    step = make()
    step()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    step()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before
