"""Which settings a run synthesises with, and where it keeps them: beside its checkpoints, and in them."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from nnunet_spine.synth.config.files import load, parse
from nnunet_spine.synth.config.plain import differences, from_dict, missing_keys, to_dict
from nnunet_spine.synth.config.recipe import SynthConfig
from nnunet_spine.yaml_files import parse_yaml

VARIABLE = "nnUNet_spine_synth"
"""Environment variable that names a YAML file of what shall differ from the trainer's settings."""

FILE_NAME = "synthesis.yaml"
"""Name of the file beside the checkpoints."""

STORED_AS = "synthesis"
"""Name of the YAML text among the `init_args` of a checkpoint."""

_STORED = "settings of synthesis in the checkpoint"


def settings_of_new_run(own: Callable[[], Mapping[str, Any]], trainer: str) -> tuple[SynthConfig, list[str]]:
    """The settings of the trainer, with what the file changes that the environment names.

    A file that names a preset begins from that, and then the trainer's need not be readable.

    Args:
        own: gives the trainer's settings.
        trainer: its name.

    Returns:
        The settings, and lines for the log on what differs from the trainer's: none if nothing does.

    Raises:
        ValueError: if they cannot be read, or say what cannot be.
    """

    def of_trainer() -> SynthConfig:
        return from_dict(own(), trainer)

    path = os.environ.get(VARIABLE)
    if not path:
        return of_trainer(), []
    try:
        settings = load(path, of_trainer)
    except ValueError as error:
        raise ValueError(f"{VARIABLE}: {error}") from None
    return settings, _departures(settings, of_trainer)


def _departures(settings: SynthConfig, of_trainer: Callable[[], SynthConfig]) -> list[str]:
    try:
        changes = differences(to_dict(of_trainer()), to_dict(settings))
    except ValueError as error:
        return [f"{VARIABLE} counts, and cannot be compared with the trainer's settings: {error}"]
    return [f"{VARIABLE} changes the settings of synthesis (trainer -> now):", *changes] if changes else []


def settings_to_continue(own: SynthConfig, stored: str | None) -> tuple[SynthConfig, list[str]]:
    """What to go on with after a checkpoint was loaded: its settings, unless the environment names others.

    Args:
        own: what `settings_of_new_run` says.
        stored: YAML that the checkpoint holds; None if it is older than that.

    Returns:
        The settings, with those of `own` that are newer than the checkpoint, and lines for the log: none if
        checkpoint and `own` are the same.

    Raises:
        ValueError: if the checkpoint's settings are needed and cannot be read.
    """
    if stored is None:
        return own, ["The checkpoint does not say its settings of synthesis; the run goes on with those of today."]
    named = bool(os.environ.get(VARIABLE))
    try:
        before = parse(stored, _STORED, lambda: own)
    except ValueError as error:
        if named:
            return own, [f"{VARIABLE} counts, and cannot be compared: {error}"]
        raise ValueError(f"{error}; set {VARIABLE} to go on with others") from None
    newer = ", ".join(missing_keys(parse_yaml(stored, _STORED), to_dict(before)))
    told = [f"The checkpoint is older than these settings of synthesis, they are as now: {newer}"] if newer else []
    changes = differences(to_dict(before), to_dict(own))
    if not changes:
        return own, told
    if named:
        return own, [*told, f"{VARIABLE} changes the settings of synthesis (checkpoint -> now):", *changes]
    kept = "Settings of synthesis are the checkpoint's, not the trainer's (checkpoint -> trainer):"
    return before, [*told, kept, *changes]


def settings_in_checkpoint(path: Path) -> str:
    """The settings that a checkpoint was trained with, as YAML. Like nnU-Net's, for files that you trust only.

    Raises:
        ValueError: if it is no checkpoint of nnU-Net, or holds none.
    """
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=False)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ValueError(f"{path}: expected a checkpoint of nnU-Net: {error}") from None
    arguments = checkpoint.get("init_args") if isinstance(checkpoint, dict) else None
    if not isinstance(arguments, dict) or STORED_AS not in arguments:
        raise ValueError(
            f"{path}: expected a checkpoint of a trainer that synthesises its images, it holds no settings"
        )
    return arguments[STORED_AS]
