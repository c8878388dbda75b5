"""The right trainer name that is nearest to a wrong one."""

from __future__ import annotations

import difflib
import re

from nnunet_spine.trainers.names import KINDS, PREFIX, bases_of, stems

_PARTS = re.compile("|".join(sorted((name for parts in KINDS.values() for name in parts), key=len, reverse=True)), re.I)


def nearest(name: str) -> str | None:
    """A name of the grammar that somebody may have meant, with parts in another order or spelt otherwise.

    Suffixes are kept where they are right and left out where they are not.

    Returns:
        The name, or None if none is near.
    """
    stem, *suffixes = name.split("_")
    meant = PREFIX if stem == PREFIX else _in_order(stem) or _similar(stem)
    if meant is None:
        return None
    meant += "".join(f"_{suffix}" for suffix in suffixes if bases_of(f"{PREFIX}_{suffix}"))
    return meant if bases_of(meant) else None


def _in_order(stem: str) -> str | None:
    """The parts of a name in their right order and spelling, if there is nothing else, and one of each kind at most."""
    rest = stem[len(PREFIX) :] if stem.lower().startswith(PREFIX.lower()) else stem
    found = {match.lower() for match in _PARTS.findall(rest)}
    if _PARTS.sub("", rest) or not found:
        return None
    chosen = [[part for part in parts if part.lower() in found] for parts in KINDS.values()]
    if any(len(parts) > 1 for parts in chosen):
        return None
    return PREFIX + "".join(parts[0] for parts in chosen if parts)


def _similar(stem: str) -> str | None:
    """The combination of parts that is spelt most alike."""
    return next(iter(difflib.get_close_matches(stem, stems(), n=1, cutoff=0.8)), None)
