"""The colour of every label, the same in all figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnunet_spine.labels import CANAL, DISC, VERTEBRA, group_named

_HUES = {VERTEBRA: ("#E69F00", "#F5C55A"), CANAL: ("#56B4E9",), DISC: ("#009E73", "#5FCFA8")}
_OTHERS = ("#CC79A7", "#D55E00", "#0072B2", "#F0E442")
"""Okabe and Ito's palette, distinct for the colour-blind; levels of a group alternate between two shades."""

_IGNORED = "#999999"
_NO_STRUCTURE = ("background", "ignore")


@dataclass(frozen=True)
class Palette:
    """Name and colour of every label value but the background."""

    names: Mapping[int, str]
    colours: Mapping[int, str]

    @classmethod
    def of(cls, labels: Mapping[str, int | Sequence[int]]) -> Palette:
        """The palette of a data set's labels; values that only regions name are called by their number."""
        named = {value: name for name, value in labels.items() if isinstance(value, int)}
        entries = (entry if isinstance(entry, Sequence) else [entry] for entry in labels.values())
        largest = max((value for values in entries for value in values), default=0)
        names = {value: named.get(value, str(value)) for value in range(1, largest + 1)}
        return cls(names, _colours(names))


def _colours(names: Mapping[int, str]) -> dict[int, str]:
    seen: Counter[str | None] = Counter()
    colours = {}
    for value, name in names.items():
        group = group_named(name)
        if name in _NO_STRUCTURE:
            shades: tuple[str, ...] = (_IGNORED,)
        else:
            shades = _HUES.get(group, (_OTHERS[(value - 1) % len(_OTHERS)],))
        colours[value] = shades[seen[group] % len(shades)]
        seen[group] += 1
    return colours
