"""Which data sets the three folders hold, and how far each has come."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from nnunet_spine.doctor.finding import Finding, note, ok, problem
from nnunet_spine.doctor.folders import VARIABLES

_DATASET = re.compile(r"Dataset(\d{3,})_.+")


def check_datasets() -> Iterator[Finding]:
    """One finding for each data set, and one for each id that two data sets share."""
    stages = _stages_by_name()
    if not stages:
        advice = "Make one: nnunet-spine convert SPIDER_DIR --dataset-id 501 --scheme 4class"
        yield note("data sets", "none found", advice)
    names_by_id: dict[int, list[str]] = defaultdict(list)
    for name, found in sorted(stages.items()):
        names_by_id[int(_DATASET.fullmatch(name)[1])].append(name)
        yield ok("data sets", f"{name}: {', '.join(found)}")
    for number, names in names_by_id.items():
        if len(names) > 1:
            yield problem("data sets", f"id {number} is shared by {', '.join(names)}", "Rename or remove all but one.")


def _stages_by_name() -> dict[str, list[str]]:
    """Data set name -> raw, preprocessed, results as far as there."""
    stages: dict[str, list[str]] = defaultdict(list)
    for variable in VARIABLES:
        folder = Path(os.environ.get(variable) or os.devnull)
        for entry in folder.iterdir() if folder.is_dir() else ():
            if entry.is_dir() and _DATASET.fullmatch(entry.name):
                stages[entry.name].append(variable.removeprefix("nnUNet_"))
    return stages
