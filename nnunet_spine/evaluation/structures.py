"""What is scored: the labels of a data set, and the groups that several of them make."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnunet_spine.labels import CANAL, DISC, VERTEBRA, group_named, level_named

Labels = Mapping[str, int | Sequence[int]]
"""The `labels` of dataset.json: name -> value, or values for region-based training."""

BACKGROUND, IGNORE, FOREGROUND = "background", "ignore", "foreground"

_NAME_OF_GROUP = {VERTEBRA: "vertebrae", DISC: "discs", CANAL: "canal"}


@dataclass(frozen=True)
class Structure:
    """One thing that is scored.

    Attributes:
        name: of the label, or `vertebrae`, `discs`, `canal`, `foreground`.
        values: values in the label map that belong to it.
        group: `vertebra`, `canal` or `disc`; None for what is none of them.
        level: level of a vertebra or disc counted from below, 1 for L5 or L5/S1; None for what has none.
    """

    name: str
    values: tuple[int, ...]
    group: str | None
    level: int | None

    @property
    def is_instance(self) -> bool:
        """Whether it is one numbered vertebra or disc."""
        return self.level is not None and len(self.values) == 1


def structures_of(labels: Labels) -> tuple[Structure, ...]:
    """Every label but background and ignore, then the groups of labels that no label stands for already.

    Groups are vertebrae, discs and canal where several labels of one value each belong to them by name, and the
    foreground, the union of all labels, where there are several.

    Raises:
        ValueError: if the labels are not as nnU-Net defines them, or there is nothing to score.
    """
    _check(labels)
    named = tuple(_named(name, value) for name, value in labels.items() if name not in (BACKGROUND, IGNORE))
    if not named:
        raise ValueError(f"labels: expected at least one beside background and ignore, got {dict(labels)}")
    names = {one.name for one in named}
    return named + tuple(one for one in _groups(named) if one.name not in names)


def ignore_of(labels: Labels) -> int | None:
    """The value of nnU-Net's ignore label, if the data set has one."""
    return labels.get(IGNORE)


def without_level(labels: Labels) -> tuple[str, ...]:
    """Names of vertebrae and discs that have a number of which no level is known, such as `vertebra_T11`."""
    numbered = [one for one in structures_of(labels) if one.group in (VERTEBRA, DISC) and re.search("[0-9]", one.name)]
    return tuple(one.name for one in numbered if one.level is None and len(one.values) == 1)


def names_of_values(labels: Labels) -> dict[int, str]:
    """Name of every value that a prediction may have, in ascending order of the values.

    The background comes first and the ignore label is left out. Values that only regions have are named by their
    number.
    """
    _check(labels)
    single = {value: name for name, value in labels.items() if isinstance(value, int) and name != IGNORE}
    values = {0, *single, *(value for region in labels.values() if not isinstance(region, int) for value in region)}
    return {value: single.get(value, str(value) if value else BACKGROUND) for value in sorted(values)}


def _named(name: str, value: int | Sequence[int]) -> Structure:
    group = group_named(name)
    level = level_named(name) if group in (VERTEBRA, DISC) else None
    return Structure(name, (value,) if isinstance(value, int) else tuple(value), group, level)


def _groups(named: Sequence[Structure]) -> list[Structure]:
    single = [one for one in named if len(one.values) == 1]
    groups = [(name, group, [one for one in single if one.group == group]) for group, name in _NAME_OF_GROUP.items()]
    groups.append((FOREGROUND, None, list(named)))
    return [
        Structure(name, tuple(sorted({value for one in members for value in one.values})), group, None)
        for name, group, members in groups
        if len(members) > 1
    ]


def _check(labels: Labels) -> None:
    for name, value in labels.items():
        several = isinstance(value, list | tuple) and name not in (BACKGROUND, IGNORE)
        values, least = list(value) if several else [value], 0 if name == BACKGROUND else 1
        if not values or not all(type(one) is int and one >= least for one in values):
            raise ValueError(f"labels: expected a whole number from {least} for {name!r}, or several, got {value!r}")
    if labels.get(BACKGROUND, 0) != 0:
        raise ValueError(f"labels: expected 0 for the background, got {labels[BACKGROUND]}")
