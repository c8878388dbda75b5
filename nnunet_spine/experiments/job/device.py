"""Which device a job computes on: one GPU of its own, or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nnunet_spine.experiments.job.locks import any_of

NONE, GIVEN = "none", "given"
"""Words in place of numbers of GPUs: there is none; the environment says, as that of a SLURM job does."""

_VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class Device:
    """What a job computes on.

    Attributes:
        name: for persons.
        type: as torch calls it: `cuda` or `cpu`.
        variables: of the environment of its commands.
        locks: descriptors that its commands inherit.
    """

    name: str = "cpu"
    type: str = "cpu"
    variables: Mapping[str, str] = field(default_factory=dict)
    locks: tuple[int, ...] = ()


@contextlib.contextmanager
def allotted(gpus: str, needed: bool, on_wait: Callable[[], None]) -> Iterator[Device]:
    """The device of a job for the duration of the block; no other job of this user on this machine has it.

    Args:
        gpus: numbers of GPUs with commas, as nvidia-smi counts them, or `NONE` or `GIVEN`.
        needed: whether the job has use for a GPU.
        on_wait: called once, if no GPU is free at first.
    """
    if gpus == GIVEN:
        yield Device("cuda", "cuda") if needed and _is_given() else Device()
    elif gpus == NONE or not needed:
        # Not even seen, so that no job takes memory of a GPU that is another's.
        yield Device(variables={_VISIBLE: ""})
    else:
        # Names of parts of a GPU have slashes.
        names = {gpu: gpu.replace("/", "_") for gpu in gpus.split(",")}
        locks = {_lock_files() / f"gpu-{name}.lock": gpu for gpu, name in names.items()}
        with any_of(list(locks), on_wait) as (lock, path):
            variables = {_VISIBLE: locks[path], "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
            yield Device(f"cuda {locks[path]}", "cuda", variables, (lock,))


def _lock_files() -> Path:
    """Folder of this machine, not of a workspace: GPUs are shared by all workspaces, and by no other machine."""
    return Path(tempfile.gettempdir()) / f"nnunet-spine-{os.getuid()}"


def _is_given() -> bool:
    """Whether this process was given a GPU; SLURM says NoDevFiles where it gave none."""
    return os.environ.get(_VISIBLE, "").strip() not in ("", "-1", "NoDevFiles")
