"""Arrays of numpy on the CPU, tensors of torch elsewhere.

A lesion is small, and made by many operations on little: numpy starts them several times faster than torch. So all of
this package is written in what arrays and tensors have in common: operators, `clip`, `sum`, `cumsum`, `reshape`. On the
CPU numpy works on the memory of the tensors; on a device torch does the same, and nothing waits for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

Array = Any
"""An array of numpy or a tensor of torch."""

Number = Any
"""A number, or a tensor of one element on the device."""


def namespace(device: torch.device) -> Any:
    """The library that computes on a device."""
    return np if device.type == "cpu" else torch


def shared(tensor: torch.Tensor) -> Array:
    """A tensor as what computes on its device; both have the same memory."""
    return namespace(tensor.device).asarray(tensor)
