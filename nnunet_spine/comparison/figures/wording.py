"""What structures, sequences and settings are called for people."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from nnunet_spine.comparison.reading.frames import UNKNOWN
from nnunet_spine.comparison.statistics.patients import ALL, MEAN
from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.labels import BETWEEN_WORDS, LEVEL

if TYPE_CHECKING:
    import pandas as pd

_SEQUENCES = {UNKNOWN: "sequence unknown", ALL: "all sequences"}

_LEVELS = re.compile(rf"(?:^|{BETWEEN_WORDS})({LEVEL}(?:{BETWEEN_WORDS}{LEVEL})*)$", re.IGNORECASE)
"""The level, or the two that a disc lies between, at the end of a name, or all of it."""

_ABBREVIATIONS = {"snr": "signal-to-noise ratio"}


def structure_name(name: str) -> str:
    """`vertebra_L5` as `vertebra L5`, `disc_L5_S1` as `disc L5/S1`, `L5_S1` as `L5/S1`."""
    if name == MEAN:
        return "mean of structures"
    found = _LEVELS.search(name)
    words = (name[: found.start()] if found else name).replace("_", " ")
    return f"{words} {_joined(found)}".strip() if found else words


def sequence_name(sequence: str) -> str:
    """`t2_space` as `T2 SPACE`."""
    return _SEQUENCES.get(sequence) or sequence.replace("_", " ").upper()


def setting_name(condition: str, level: float, sequence: str) -> str:
    """What a set of test images is: its sequence, and what was done to it."""
    if condition == AS_ACQUIRED:
        return sequence_name(sequence)
    return f"{sequence_name(sequence)}, {condition}" + ("" if math.isnan(level) else f" {level:g}")


def level_name(structure: str) -> str:
    """`vertebra_L5` as `L5`, `disc_L5_S1` as `L5/S1`."""
    found = _LEVELS.search(structure)
    return _joined(found) if found else structure_name(structure)


def _joined(levels: re.Match[str]) -> str:
    return re.sub(BETWEEN_WORDS, "/", levels[1])


def property_name(name: str) -> str:
    """`spacing_in_plane_mm` as `spacing in plane (mm)`."""
    if name.endswith("_mm"):
        return f"{property_name(name[:-3])} (mm)"
    return _ABBREVIATIONS.get(name) or name.replace("_", " ")


def span(counts: Iterable[float]) -> str:
    """`8` where all are 8, else `6 to 8`."""
    counts = list(counts)
    low, high = min(counts), max(counts)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def patients_of(means: pd.DataFrame, by: Literal["sequence", "condition"]) -> str:
    """How many patients there are, such as `T1 6 to 8, T2 8`: a span where arms or structures differ.

    Args:
        means: with n_patients.
        by: what is told apart.
    """
    name = sequence_name if by == "sequence" else str
    counts = means.groupby(by, sort=False)["n_patients"]
    return ", ".join(f"{name(key)} {span(group)}" for key, group in counts)
