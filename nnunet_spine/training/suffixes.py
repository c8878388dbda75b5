"""What may follow the parts of a trainer's name: number of patients, then length of the run. Imports no torch."""

from __future__ import annotations

import re

_LENGTH = r"_(?P<epochs>[1-9]\d*)epoch(?:(?<=_1epoch)|s(?<!_1epochs))|_(?P<n>[1-9]\d*)x(?P<iterations>[1-9]\d*)iter"
SUFFIXES = re.compile(rf"(?:_(?P<patients>[1-9]\d*)patient(?:(?<=_1patient)|s(?<!_1patients)))?(?:{_LENGTH})?")
"""With a plural s for all numbers but 1."""

_AT_THE_END = re.compile(rf"(?:{_LENGTH})\Z")
_PATIENTS = re.compile(r"_(\d+)patients?(?=_|$)")
_RUN = re.compile(r"_(?:\d+epochs?|\d+x\d+iter)(?=_|$)")


def is_length(text: str) -> bool:
    """Whether a text such as `20epochs` or `20x50iter` may be the suffix for the length of a run."""
    return _AT_THE_END.match(f"_{text}") is not None


def says_patients(name: str) -> bool:
    """Whether a name of any trainer, nnU-Net's own ones too, says on how many patients it trains."""
    return _PATIENTS.search(name) is not None


def says_length(name: str) -> bool:
    """Whether a name of any trainer, nnU-Net's own ones too, says how long it trains."""
    return _RUN.search(name) is not None


def with_length(name: str, length: str) -> str:
    """A name that says another length of the run than before, if it says one."""
    return _RUN.sub(f"_{length}", name)


def with_at_most(name: str, patients: int) -> str:
    """A name that says no larger number of patients, if it says one."""
    return _PATIENTS.sub(lambda match: _patients(min(int(match[1]), patients)), name)


def with_suffixes(name: str, patients: int | None = None, length: str | None = None) -> str:
    """A name with what it does not say yet, in the order of the grammar.

    Args:
        name: of a trainer.
        patients: how many to train on; None for all.
        length: such as `20epochs` or `20x50iter`; None for the trainer's own.
    """
    if length and not says_length(name):
        name += f"_{length}"
    if not patients or says_patients(name):
        return name
    match = _AT_THE_END.search(name)
    end = match.start() if match else len(name)
    return f"{name[:end]}{_patients(patients)}{name[end:]}"


def _patients(number: int) -> str:
    return f"_{number}patient{'s' * (number != 1)}"
