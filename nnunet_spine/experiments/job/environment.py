"""Variables of a command's environment."""

from __future__ import annotations

import os
from collections.abc import Sequence

from nnunet_spine.experiments.job.device import Device
from nnunet_spine.experiments.nodes import CORES, DEVICE, Command
from nnunet_spine.plumbing.programs import of_this_environment

LOCKS = "NNUNET_SPINE_LOCK_FD"
"""Variable with the inherited locks' descriptors, with commas between: a command that leaves processes behind when it
is killed, such as workers that load data, closes them there."""


def words_of(command: Command, device: Device, cores: int) -> list[str]:
    """Program and arguments as they are run."""
    return of_this_environment(typed(command, device.type, cores))


def typed(command: Command, device: str, cores: int) -> list[str]:
    """Program and arguments as they are typed, with torch's type of device and cores."""
    replaced = {DEVICE: device, CORES: str(cores)}
    return [replaced.get(word, word) for word in command.words]


def environment_of(command: Command, device: Device, cores: int, locks: Sequence[int]) -> dict[str, str]:
    """The user's variables, those of the device and of the command, and numbers of threads and processes.

    A user's own number of threads or processes counts.
    """
    # On a CPU the network itself takes the cores, on a GPU what feeds it does.
    loaders = cores - 1 if device.type == "cuda" else min(1, cores - 1)
    parallel = {"OMP_NUM_THREADS": cores, "nnUNet_n_proc_DA": loaders, "nnUNet_def_n_proc": cores}
    chosen = {name: str(number) for name, number in parallel.items() if name not in os.environ}
    inherited = {LOCKS: ",".join(map(str, locks))}
    return {**os.environ, "PYTHONUNBUFFERED": "1", **chosen, **device.variables, **command.variables, **inherited}
