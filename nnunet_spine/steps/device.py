"""The device that a user asks for."""

from __future__ import annotations

import re

import torch

from nnunet_spine.plumbing.wording import counted

_CUDA = re.compile(r"cuda(?::(\d+))?")


def device_named(name: str) -> str:
    """A torch device that can be used.

    Args:
        name: `cpu`, `cuda`, `cuda:1` for a GPU by its number, `mps`, or `auto`: CUDA where there is it, else MPS where
            there is that, else the CPU.

    Raises:
        ValueError: if PyTorch has no such device here.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if match := _CUDA.fullmatch(name):
        _require_gpu(name, int(match[1] or 0))
        return f"cuda:{int(match[1])}" if match[1] else name
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise ValueError("--device mps: PyTorch finds none here; say --device cpu")
    elif name != "cpu":
        raise ValueError(f"--device {name}: expected auto, cpu, cuda, cuda:NUMBER or mps")
    return name


def _require_gpu(name: str, number: int) -> None:
    if not torch.cuda.is_available():
        raise ValueError(f"--device {name}: there is no GPU that PyTorch can use; say --device cpu")
    there = torch.cuda.device_count()
    if number >= there:
        raise ValueError(f"--device {name}: PyTorch finds {counted(there, 'GPU')}, counted from 0")
