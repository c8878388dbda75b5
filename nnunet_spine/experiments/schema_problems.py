"""What pydantic finds wrong with an experiment, in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from nnunet_spine.experiments.problems import Problem, dotted, nearest_of, shown
from nnunet_spine.experiments.schema import Arm, Experiment, Needs, Plan, RawData, SpiderData, SyntheticData, Test

_DATA: Mapping[str, type[BaseModel]] = {"spider": SpiderData, "synthetic_of": SyntheticData, "raw": RawData}
_SECTIONS: Mapping[str, type[BaseModel]] = {"plans": Plan, "arms": Arm, "tests": Test, "resources": Needs}
_KEY = "[key]"

_MAPPING, _WHOLE, _NUMBER = "a mapping of keys to values", "a whole number", "a number"
_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": _MAPPING,
    "finite_number": "a finite number",
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "{ge:g} or more",
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "a smaller whole number",
    "int_type": _WHOLE,
    "less_than_equal": "{le:g} or less",
    "literal_error": "{expected}",
    "mapping_type": _MAPPING,
    "missing": "a value",
    "model_type": _MAPPING,
    "path_type": "a path",
    "string_type": "text",
    "too_long": "{max_length} values",
    "too_short": "at least {min_length} of them",
    "tuple_type": "a list",
    "value_error": "{error}",
}
"""By pydantic's type of error, filled in from its context."""


def schema_problems(error: ValidationError, content: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for each of pydantic's errors, at its place in the file.

    Args:
        error: of pydantic.
        content: that has it.
    """
    for entry in error.errors(include_url=False):
        place = _in_file(_place(entry["loc"]), content)
        yield Problem(dotted(*place), _what(entry, place))


def _place(where: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Place of a value: pydantic also names the kind of a data set, and the alternatives of a type."""
    if where[-1] == _KEY:
        return where[:-1]
    if where[0] != "datasets" or len(where) < 3:
        return where
    return (*where[:2], *where[3:4]) if where[2] == "raw" else (*where[:2], *where[3:])


def _in_file(place: tuple[int | str, ...], content: Any) -> tuple[int | str, ...]:
    """The place as far as the file has it: one value may stand for a list of one, and what is missing is in nothing."""
    for depth, key in enumerate(place):
        if isinstance(content, Mapping):
            content = content.get(key)
        elif isinstance(content, list) and key < len(content):
            content = content[key]
        else:
            return place[:depth]
    return place


def _what(entry: Mapping[str, Any], place: tuple[int | str, ...]) -> str:
    got = "it is missing" if entry["type"] == "missing" else f"got {shown(entry['input'])}"
    if entry["type"] == "extra_forbidden":
        return _unknown(entry["loc"])
    if entry["loc"][-1] == _KEY:
        return f"expected {_name_of(place)} as key; quotes make text of a number"
    if entry["type"] == "string_pattern_mismatch":
        return f"expected {_name_of(place)}, {got}"
    if place[-1] == "raw" and entry["type"] != "missing":
        return f"expected an id, a name or a folder, {got}"
    expected = _EXPECTED.get(entry["type"])
    # A type that is missing above is said in pydantic's words rather than not at all.
    return f"expected {expected.format(**entry.get('ctx', {}))}, {got}" if expected else f"{entry['msg']}, {got}"


def _name_of(place: tuple[int | str, ...]) -> str:
    if place == ("baseline",) or (place[0] == "arms" and (len(place) == 2 or place[-1] == "after")):
        return "a name without / and line breaks, in which something is seen"
    return "a name of letters, digits, _ and - that begins with a letter"


def _unknown(where: tuple[int | str, ...]) -> str:
    key, known = where[-1], list(_model_at(where).model_fields)
    if where[0] == "datasets" and any(key in model.model_fields for model in _DATA.values()):
        return f"not together with {where[2]}, expected one of {', '.join(known)}"
    # A wrong key may be the very one that tells the kind of a data set.
    near = [name for model in _DATA.values() for name in model.model_fields] if where[0] == "datasets" else known
    return f"unknown, expected one of {', '.join(known)}{nearest_of(key, near)}"


def _model_at(where: tuple[int | str, ...]) -> type[BaseModel]:
    if len(where) == 1:
        return Experiment
    return _DATA[where[2]] if where[0] == "datasets" else _SECTIONS[where[0]]
