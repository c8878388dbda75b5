"""A data set that is there already: the one that was asked for, or another one."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from nnunet_spine.dataset_conversion.splits import SPLITS, put_splits_file

_LISTED = 20

log = logging.getLogger(__name__)


def keep_existing(target: Path, preprocessed: Path, differences: Sequence[str], how: str = "") -> None:
    """Leave a data set as it is, and put its splits back if they are gone.

    Args:
        target: its folder.
        preprocessed: the folder of nnUNet_preprocessed.
        differences: between the data set and what was asked for, in words.
        how: to read them, beginning with a space.

    Raises:
        ValueError: if there are differences, with the first of them, or if there are other splits.
    """
    if differences:
        more = len(differences) - _LISTED
        listed = "\n  ".join([*differences[:_LISTED], *([f"and {more} more"] if more > 0 else [])])
        raise ValueError(
            f"{target} exists and is another data set{how}:\n  {listed}\n"
            "remove it, or choose another id; it was left as it is"
        )
    splits = target / SPLITS
    put_splits_file(preprocessed / target.name, json.loads(splits.read_text("utf-8")) if splits.is_file() else None)
    log.info("%s is there already, made of the same files with the same settings: nothing to do", target)
