"""The right trainer name that is nearest to a wrong one."""

from __future__ import annotations

import difflib
import re

from nnunet_spine.trainers.names import KINDS, PREFIX, bases_of, stems

_PARTS = re.compile("|".join(sorted((name for parts in KINDS.values() for name in parts), key=len, reverse=True)), re.I)
_PATIENTS = re.compile(r"(\d+)patients?", re.I)
_EPOCHS = re.compile(r"(\d+)epochs?", re.I)
_ITERATIONS = re.compile(r"(\d+)x(\d+)iters?", re.I)
_SIMILAR = 0.75
"""Least similarity of a name that is suggested, 1 for the same name; the prefix that all have does not count."""


def nearest(name: str) -> str | None:
    """A name of the grammar that somebody may have meant, with parts or suffixes in another order or spelt otherwise.

    Returns:
        The name, or None if none is near, or a part of it cannot be understood: who follows the hint shall not train
        longer or on more patients than was asked for.
    """
    stem, *suffixes = name.split("_")
    parts, rest = _parts(stem), _suffixes(suffixes)
    meant = None if parts is None or rest is None else PREFIX + parts + rest
    return meant if meant and bases_of(meant) else None


def _parts(stem: str) -> str | None:
    """The parts of a name in their right order and spelling; None for two of one kind, or what is like no parts."""
    said = stem[len(PREFIX) :] if stem.lower().startswith(PREFIX.lower()) else stem
    found = {match.lower() for match in _PARTS.findall(said)}
    if _PARTS.sub("", said):
        known = [name.removeprefix(PREFIX) for name in stems()]
        return next(iter(difflib.get_close_matches(said, known, n=1, cutoff=_SIMILAR)), None)
    chosen = [[part for part in parts if part.lower() in found] for parts in KINDS.values()]
    if any(len(parts) > 1 for parts in chosen):
        return None
    return "".join(parts[0] for parts in chosen if parts)


def _suffixes(said: list[str]) -> str | None:
    """Suffixes in their right order and spelling; None if one cannot be understood, or says what another says."""
    written: list[tuple[int, str]] = []
    for suffix in said:
        if match := _PATIENTS.fullmatch(suffix):
            written.append((0, _counted(int(match[1]), "patient")))
        elif match := _EPOCHS.fullmatch(suffix):
            written.append((1, _counted(int(match[1]), "epoch")))
        elif match := _ITERATIONS.fullmatch(suffix):
            written.append((1, f"_{int(match[1])}x{int(match[2])}iter"))
        else:
            return None
    return "".join(text for _, text in sorted(written))


def _counted(number: int, what: str) -> str:
    return f"_{number}{what}{'s' * (number != 1)}"
