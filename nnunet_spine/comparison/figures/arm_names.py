"""Short names of arms, which are often those of trainers and then long."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"[A-Z]{0,2}[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d[\da-z.]*|.", re.DOTALL)
_ENDS = "_- ."


def short_names(arms: Sequence[str]) -> dict[str, str]:
    """What tells each arm from the others, by its full name: without the words that all have in the same place.

    These are the words that all begin with, those that all end with, and the longest run that all have in between.
    `nnUNetTrainerRealSpine_10x50iter` and `nnUNetTrainerSynthSpine_10x50iter` become `Real` and `Synth`. Where nothing
    would be left of an arm, as of one that others add words to or of a single one, all lose nnU-Net's own beginning
    only: `DiceCE` beside `RealSpine` would not look like `RealSpineDiceCE`.
    """
    names = list(dict.fromkeys(arms))
    words = {name: _WORD.findall(name) for name in names}
    fewest = min(map(len, words.values()), default=0)
    first = _shared(list(words.values()))
    last = min(_shared([one[::-1] for one in words.values()]), fewest - first)
    own = {name: one[first : len(one) - last] for name, one in words.items()}
    middle = _shared_run(list(own.values()))
    short = {name: _joined(one, middle) for name, one in own.items()}
    if not all(short.values()):
        short = {name: _trimmed(name) for name in names}
    return short if len(set(short.values())) == len(names) else {name: name for name in names}


def _joined(words: Sequence[str], middle: Sequence[str]) -> str:
    """The words, with a space for the run in the middle."""
    at = _place(words, middle)
    if not middle or at is None:
        return "".join(words).strip(_ENDS)
    ends = ("".join(words[:at]).strip(_ENDS), "".join(words[at + len(middle) :]).strip(_ENDS))
    return " ".join(filter(None, ends))


def _shared_run(lists: Sequence[Sequence[str]]) -> list[str]:
    """The longest run of at least two items that all lists have; empty for none."""
    shortest = min(lists, key=len, default=[])
    for length in range(len(shortest), 1, -1):
        for start in range(len(shortest) - length + 1):
            run = list(shortest[start : start + length])
            if all(_place(items, run) is not None for items in lists):
                return run
    return []


def _place(items: Sequence[str], run: Sequence[str]) -> int | None:
    """Where a run begins in a list."""
    places = range(len(items) - len(run) + 1)
    return next((at for at in places if list(items[at : at + len(run)]) == list(run)), None)


def _trimmed(name: str) -> str:
    return name.removeprefix("nnUNetTrainer").strip(_ENDS) or name


def wrapped(name: str, letters: int = 18) -> str:
    """A name in lines of at most so many letters, broken between words, also those of `CamelCase`."""
    lines = [""]
    for word in _WORD.findall(name):
        if len(lines[-1]) + len(word) > letters and lines[-1]:
            lines.append("")
        lines[-1] += word
    return "\n".join(line.strip() for line in lines)


def _shared(lists: Sequence[Sequence[str]]) -> int:
    """Number of items with which all lists begin."""
    count = 0
    for items in zip(*lists, strict=False):
        if len(set(items)) > 1:
            break
        count += 1
    return count
