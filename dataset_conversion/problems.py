"""What is wrong with the input, gathered so that the user hears of all of it at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        where: the file or folder, as short as is unambiguous.
        what: what was expected and what came.
        case: the case that cannot be used for it; None where the whole folder is concerned.
    """

    where: str
    what: str
    case: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class InvalidInputError(ValueError):
    """The input cannot be used; the message lists every problem.

    Attributes:
        problems: all of them, without repetitions, in natural order of their files.
    """

    def __init__(self, heading: str, problems: Iterable[Problem], advice: str = "") -> None:
        """Build the message.

        Args:
            heading: what could not be done.
            problems: what stands in the way.
            advice: what the user may do about it.
        """
        self.problems = in_order(problems)
        self._said = (heading, self.problems, advice)
        count = len(self.problems)
        lines = [f"{heading}: {count} problem{'s' * (count != 1)}", *(f"  {problem}" for problem in self.problems)]
        super().__init__("\n".join(lines + [advice] * bool(advice)))

    def __reduce__(self) -> tuple[type, tuple[str, tuple[Problem, ...], str]]:
        """As it was built, so that it arrives whole from another process."""
        return type(self), self._said


def reason_of(error: Exception) -> str:
    """What an error says; Python's own of the memory says nothing."""
    if isinstance(error, MemoryError):
        return "the memory does not suffice for it"
    return str(error)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems without repetitions, those of the whole folder first, then in natural order of their files."""
    return tuple(sorted(set(problems), key=lambda p: (p.case is not None, natural_key(p.where), p.what)))


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key under which `2_t1` comes before `10_t1`."""
    parts = re.split(r"(\d+)", text)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
