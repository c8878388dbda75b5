"""Folds of a data set, put where nnU-Net looks for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nnunet_spine.experiments.graph.data import Data
from nnunet_spine.experiments.nodes import Command


def splits_command(data: Data, preprocessed: Path, environment: Mapping[str, str]) -> Command:
    """The command that puts them into a folder of preprocessed data; see `nnunet_spine.steps.splits`."""
    given: tuple[str, ...] = ()
    if data.splits is not None:
        given = ("--given", str(data.splits), "--digest", data.settings["splits"])
    words = ("python", "-m", "nnunet_spine.steps.splits", str(data.folder), str(preprocessed / data.name), *given)
    return Command(words, environment)
