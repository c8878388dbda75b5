"""What is wrong with an experiment, in words that all checks share."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from typing import Any

from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem

__all__ = ["InvalidInputError", "Problem", "dotted", "expected_one_of", "nearest_of", "raise_if_any", "shown"]


def raise_if_any(heading: str, problems: Iterable[Problem]) -> None:
    """Report all problems at once, if there are some.

    Raises:
        InvalidInputError: with a line for each.
    """
    if problems := [*problems]:
        raise InvalidInputError(heading, problems)


def expected_one_of(known: Collection[str], got: Any) -> str:
    """That something else was expected than came, with the nearest of what there is."""
    names = f"one of {', '.join(known)}" if known else "none, there is nothing to name"
    return f"expected {names}, got {shown(got)}{nearest_of(got, known)}"


def nearest_of(name: Any, known: Iterable[str]) -> str:
    """A question for what may have been meant, empty where nothing is near."""
    near = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def shown(value: Any) -> str:
    """A value as messages show it, in YAML's words."""
    if isinstance(value, bool):
        return str(value).lower()
    return "nothing" if value is None else repr(value)


def dotted(*place: Any) -> str:
    """The place of a value in a file, such as `arms.real.trainer`."""
    return ".".join(map(str, place))
