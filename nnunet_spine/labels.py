"""The label table: what SPIDER's mask values mean, and which class they become in each scheme.

SPIDER (van der Graaf et al., Scientific Data 11:264, 2024) numbers levels from below: vertebra 1 is the lowest one
above the sacrum (L5 by convention), disc 200 + k lies below vertebra k, the spinal canal is 100. The sacrum carries no
label. Nothing else in this package knows these numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

VERTEBRA, CANAL, DISC = "vertebra", "canal", "disc"
"""The groups that structures are scored and drawn in."""

MAX_LEVEL = 25
CANAL_VALUE = 100
PARTIAL_OFFSET = 100
DISC_OFFSET = 200

LEVEL_NAMES = ("L5", "L4", "L3", "L2", "L1", "T12")
"""Names of the levels 1 to 6 by SPIDER's convention; transitional anatomy may differ."""

LEVEL = r"(?:[TL]\d{1,2}|S1)"
"""Pattern of a level in the name of a label, in capitals."""

BETWEEN_WORDS = "[-_/ ]+"
"""Pattern of what stands between the words of such a name."""

ExtraLevels = Literal["ignore", "background", "merge"]
"""What becomes of levels above the sixth in a numbered scheme: nnU-Net's ignore label, background, or level six."""

UNKNOWN = -1


@dataclass(frozen=True)
class Structure:
    """What one SPIDER mask value stands for.

    Attributes:
        group: `VERTEBRA`, `CANAL` or `DISC`.
        level: number of the level counted from below (1 is L5 or L5/S1), 0 for the canal.
        partial: whether the vertebra is only partially visible.
    """

    group: str
    level: int
    partial: bool = False


@dataclass(frozen=True)
class Label:
    """One class of a scheme: its integer in the training labels, its name in dataset.json, its group."""

    value: int
    name: str
    group: str


@dataclass(frozen=True)
class Scheme:
    """A set of classes to train on, and the rule that gives a SPIDER value its class.

    Attributes:
        name: how the scheme is called on the command line.
        summary: one line on what it is for.
        labels: the foreground classes in ascending order of their values, beginning at 1 without gaps.
        classify: structure and SPIDER value -> (label value, whether the level is above what the scheme numbers).
        numbered: whether levels above the sixth need a policy.
    """

    name: str
    summary: str
    labels: tuple[Label, ...]
    classify: Callable[[Structure, int], tuple[int, bool]]
    numbered: bool

    @property
    def ignore_value(self) -> int:
        """The value of nnU-Net's ignore label, the one after the last class."""
        return len(self.labels) + 1

    def dataset_labels(self, extra_levels: ExtraLevels = "ignore") -> dict[str, int]:
        """The `labels` entry of nnU-Net's dataset.json."""
        names = {"background": 0} | {label.name: label.value for label in self.labels}
        if self.numbered and extra_levels == "ignore":
            names["ignore"] = self.ignore_value
        return names

    def lookup(self, extra_levels: ExtraLevels = "ignore") -> np.ndarray:
        """Class of every SPIDER value as an array to index with.

        Returns:
            int16 of shape (256,); `UNKNOWN` where a value does not occur in SPIDER's table.

        Raises:
            ValueError: for an unknown policy.
        """
        if extra_levels not in ("ignore", "background", "merge"):
            raise ValueError(f"extra levels: expected ignore, background or merge, got {extra_levels!r}")
        table = np.full(256, UNKNOWN, np.int16)
        table[0] = 0
        for value, structure in STRUCTURES.items():
            label, extra = self.classify(structure, value)
            if extra and extra_levels != "merge":
                label = self.ignore_value if extra_levels == "ignore" else 0
            table[value] = label
        return table


def _structures() -> dict[int, Structure]:
    levels = range(1, MAX_LEVEL + 1)
    return (
        {level: Structure(VERTEBRA, level) for level in levels}
        | {CANAL_VALUE: Structure(CANAL, 0)}
        | {PARTIAL_OFFSET + level: Structure(VERTEBRA, level, partial=True) for level in levels}
        | {DISC_OFFSET + level: Structure(DISC, level) for level in levels}
    )


STRUCTURES: dict[int, Structure] = _structures()
"""Every value that SPIDER's format knows, 0 (background) aside."""

_N = len(LEVEL_NAMES)
_BELOW = ("S1", *LEVEL_NAMES)

_FOUR = (Label(1, "vertebrae", VERTEBRA), Label(2, "canal", CANAL), Label(3, "discs", DISC))
_FOURTEEN = (
    *(Label(1 + k, f"vertebra_{name}", VERTEBRA) for k, name in enumerate(LEVEL_NAMES)),
    *(Label(1 + _N + k, f"disc_{name}_{_BELOW[k]}", DISC) for k, name in enumerate(LEVEL_NAMES)),
    Label(1 + 2 * _N, "canal", CANAL),
)


def _by_group(structure: Structure, value: int) -> tuple[int, bool]:
    return {VERTEBRA: 1, CANAL: 2, DISC: 3}[structure.group], False


def _by_level(structure: Structure, value: int) -> tuple[int, bool]:
    if structure.group == CANAL:
        return 1 + 2 * _N, False
    first = 0 if structure.group == VERTEBRA else _N
    return first + min(structure.level, _N), structure.level > _N


def _by_range_of_the_report(structure: Structure, value: int) -> tuple[int, bool]:
    if value < 100:
        return 1 + 2 * _N, False
    if value < 200:
        return _N + min(value - 99, _N), value - 99 > _N
    return min(value - 200, _N), value - 200 > _N


SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme("4class", "background, vertebrae, spinal canal, discs", _FOUR, _by_group, numbered=False),
        Scheme("14class", "six vertebrae, six discs, spinal canal, background", _FOURTEEN, _by_level, numbered=True),
        Scheme(
            "report-erroneous",
            "WRONG on purpose: the first study's table (200+ vertebrae, 100-199 discs, 1-99 canal), which turns discs "
            "into vertebrae, the canal into one disc and vertebrae into canal, and leaves classes 8 to 12 empty",
            _FOURTEEN,
            _by_range_of_the_report,
            numbered=True,
        ),
    )
}


_GROUP_OF_WORD = {"vertebra": VERTEBRA, "vertebrae": VERTEBRA, "canal": CANAL} | dict.fromkeys(
    ("disc", "discs", "disk", "disks", "ivd", "ivds"), DISC
)


def group_named(name: str) -> str | None:
    """The group that a label of any data set belongs to by its name; None for what is none of the spine's.

    Args:
        name: such as `vertebra_L5`, `discs`, `Spinal canal`; of nothing but levels, one is a vertebra, and two are the
            disc between them: `L5`, `L4-L5`, `T12/L1`, `L5_S1`.
    """
    levels = re.split(BETWEEN_WORDS, name.strip().upper())
    if all(re.fullmatch(LEVEL, level) for level in levels) and levels != ["S1"]:
        return {1: VERTEBRA, 2: DISC}.get(len(levels))
    words = re.findall("[a-z]+", name.lower())
    return next((_GROUP_OF_WORD[word] for word in words if word in _GROUP_OF_WORD), None)


def level_named(name: str) -> int | None:
    """The level that a label is of by its name, counted from below; None where it names none.

    Args:
        name: of a vertebra (`vertebra_L5` is 1), or of a disc by the upper one of its vertebrae, in whatever order
            they stand (`disc_L5_S1` and `disc_S1_L5` are 1, `disc_L2_L1` is 5). With T11 or L6 in it, it is of none.
    """
    named = [word for word in re.findall("[A-Z]+[0-9]*", name.upper()) if re.fullmatch("[TL][0-9]+", word)]
    if not named or not set(LEVEL_NAMES).issuperset(named):
        return None
    return max(LEVEL_NAMES.index(word) + 1 for word in named)


def scheme_of(name: str) -> Scheme:
    """The scheme of that name.

    Raises:
        ValueError: naming the schemes there are.
    """
    if name not in SCHEMES:
        raise ValueError(f"label scheme: expected one of {', '.join(SCHEMES)}, got {name!r}")
    return SCHEMES[name]
