"""Reading nnU-Net's checkpoints. Like nnU-Net's own reading this runs what they hold: for files that you trust only."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from nnunet_spine.plumbing.names import BEST, FINAL, LATEST

_NEEDED = ("network_weights", "trainer_name", "init_args")

_NOT_UNPICKLED = (
    *(pickle.UnpicklingError, RuntimeError, EOFError, LookupError, ValueError, TypeError),
    *(AttributeError, ImportError),
)
"""What bytes that are no pickle, or one of classes that are not here, make of reading."""

Weights = Mapping[str, torch.Tensor]


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Content of a checkpoint, on the CPU.

    Raises:
        ValueError: if the file is none of nnU-Net v2.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=False)
    except _NOT_UNPICKLED as error:
        raise ValueError(f"{path}: expected a checkpoint of nnU-Net: {error}") from None
    missing = [key for key in _NEEDED if not isinstance(content, dict) or key not in content]
    if missing:
        raise ValueError(f"{path}: expected a checkpoint of nnU-Net v2, it has no {', '.join(missing)}")
    return content


def epoch_to_go_on_with(folder: Path) -> int | None:
    """The next epoch of a run that was stopped, by the checkpoint that nnU-Net goes on from; None without one.

    A checkpoint that was not written to its end, because the run was killed or the disk was full, is renamed, so that
    nnU-Net goes on from another one: it would fail at it for ever.
    """
    for path in (folder / name for name in (FINAL, LATEST, BEST)):
        if not path.is_file():
            continue
        try:
            return read_checkpoint(path)["current_epoch"]
        except ValueError as error:
            print(f"not used, renamed to {path.name}.broken: {error}")
            path.replace(path.with_name(f"{path.name}.broken"))
    return None


def mismatches(first: Weights, second: Weights) -> dict[str, str]:
    """What two sets of weights differ in, by the name of the tensor: names that only one has, and shapes."""
    found = dict.fromkeys(first.keys() - second.keys(), "only the first has it")
    found |= dict.fromkeys(second.keys() - first.keys(), "only the second has it")
    for key in first.keys() & second.keys():
        if first[key].shape != second[key].shape:
            found[key] = f"{tuple(first[key].shape)} in the first, {tuple(second[key].shape)} in the second"
    return dict(sorted(found.items()))


def some(found: Mapping[str, str], most: int = 3) -> str:
    """The first few of them, in words."""
    listed = "; ".join(f"{key}: {text}" for key, text in list(found.items())[:most])
    return listed + (f"; and {len(found) - most} more" if len(found) > most else "")
