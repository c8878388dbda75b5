"""The device of a training: nnU-Net's commands know its type alone, and GPUs by the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from nnunet_spine.plumbing.wording import counted
from nnunet_spine.steps.device import device_named

_VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class TrainingDevice:
    """Where nnU-Net shall train.

    Attributes:
        type: as torch calls it, what nnU-Net's commands take.
        variables: of the environment of the command.
    """

    type: str
    variables: Mapping[str, str] = field(default_factory=dict)


def training_device(name: str, num_gpus: int) -> TrainingDevice:
    """The device by what a user says.

    Args:
        name: see `device_named`.
        num_gpus: for parallel training.

    Raises:
        ValueError: if it is not there, or there are not that many GPUs.
    """
    device = device_named(name)
    kind, _, number = device.partition(":")
    if num_gpus > 1 and device != "cuda":
        raise ValueError(f"number of GPUs: expected 1, or more on the device cuda; got {num_gpus} on {device}")
    if num_gpus > 1 and num_gpus > torch.cuda.device_count():
        raise ValueError(f"number of GPUs: PyTorch finds {counted(torch.cuda.device_count(), 'GPU')}, got {num_gpus}")
    return TrainingDevice(kind, {_VISIBLE: _visible(int(number))} if number else {})


def _visible(number: int) -> str:
    """What CUDA calls a GPU that torch counts, which are those that the environment shows already."""
    shown = os.environ.get(_VISIBLE)
    return shown.split(",")[number].strip() if shown else str(number)
