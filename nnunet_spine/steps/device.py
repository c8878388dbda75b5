"""The device that a user asks for."""

from __future__ import annotations

import torch


def device_named(name: str) -> str:
    """A torch device type that can be used.

    Args:
        name: `cpu`, `cuda`, `mps`, or `auto` for a GPU where there is one.

    Raises:
        ValueError: if PyTorch has no such device here.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: there is no GPU that PyTorch can use; say --device cpu")
    if name == "mps" and not torch.backends.mps.is_available():
        raise ValueError("--device mps: PyTorch finds none here; say --device cpu")
    return name
