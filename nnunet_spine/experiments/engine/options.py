"""Where and how a graph is run."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from nnunet_spine.experiments.job.device import GIVEN, NONE

_GPU = re.compile(r"[\w/-]+")


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class RunOptions:
    """Where and how a graph is run.

    Attributes:
        cores: of this machine that all jobs share.
        gpus: of this machine, numbers as nvidia-smi counts them; a job has one of its own.
        slurm: whether jobs are SLURM's, in place of this machine's.
        profile: folder with a profile of Snakemake.
        extra: further options of Snakemake.
    """

    cores: int = field(default_factory=available_cores)
    gpus: tuple[str, ...] = ()
    slurm: bool = False
    profile: Path | None = None
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.cores < 1:
            raise ValueError(f"--cores: expected at least 1, got {self.cores}")
        if self.profile and not any(self.profile.glob("config*.yaml")):
            raise ValueError(
                f"--profile: expected a folder with a config.yaml of Snakemake's options, got {self.profile}"
            )

    @property
    def device_policy(self) -> str:
        """What jobs are told about GPUs."""
        return GIVEN if self.slurm else ",".join(self.gpus) or NONE


def parse_gpus(text: str | None) -> tuple[str, ...]:
    """GPUs of `--gpus 0,1`; none of `none`; all that there are if nothing is said.

    Raises:
        ValueError: if it is something else.
    """
    if text is None:
        return find_gpus()
    if text == NONE:
        return ()
    gpus = tuple(text.split(","))
    if not all(map(_GPU.fullmatch, gpus)) or len(set(gpus)) < len(gpus):
        raise ValueError(f"--gpus: expected numbers of GPUs such as 0,1, each once, or none, got {text!r}")
    known = _ask_nvidia_smi().split()
    # Other names are of parts of GPUs, which are not in this list.
    if known and (wrong := [gpu for gpu in gpus if gpu.isdigit() and gpu not in known]):
        raise ValueError(f"--gpus: expected some of {','.join(known)}, as nvidia-smi lists them, got {','.join(wrong)}")
    return gpus


def find_gpus() -> tuple[str, ...]:
    """What CUDA_VISIBLE_DEVICES says, else all that nvidia-smi lists."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        visible = ",".join(_ask_nvidia_smi().split())
    return tuple(gpu for gpu in visible.split(",") if _GPU.fullmatch(gpu) and gpu not in ("-1", "NoDevFiles"))


def _ask_nvidia_smi() -> str:
    command = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
