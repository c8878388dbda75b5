"""What every key of the settings means, read off the docstrings and the defaults themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from nnunet_spine.synth.config.base import Checked
from nnunet_spine.synth.config.plain import to_plain
from nnunet_spine.synth.config.recipe import SynthConfig


class Key(NamedTuple):
    """A setting, or with an empty default the step that the settings after it belong to."""

    name: str
    default: str
    meaning: str


def keys(settings: Any = None, name: str = "") -> Iterator[Key]:
    """Every key in the order of the recipe, with dotted names, and with the preset `spine` as defaults."""
    settings = SynthConfig() if settings is None else settings
    meanings = _meanings(type(settings))
    for item in fields(settings):
        value, place = getattr(settings, item.name), f"{name}{item.name}"
        if isinstance(value, Checked):
            yield Key(place, "", _summary(type(value)))
            yield from keys(value, f"{place}.")
        else:
            yield Key(place, _written(to_plain(value)), meanings[item.name])


def markdown() -> str:
    """The keys as a Markdown table."""
    rows = [
        f"| `{key.name}` | `{key.default}` | {key.meaning} |"
        if key.default
        else f"| **{key.name}** | | {key.meaning} |"
        for key in keys()
    ]
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *rows, ""])


def _written(value: Any) -> str:
    """A plain value as it would stand in YAML, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_written(entry)}" for key, entry in value.items()) + "}"
    return str(value)


def _summary(cls: type) -> str:
    return " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split())


def _meanings(cls: type) -> dict[str, str]:
    """The section `Attributes` of the docstrings of a class and of those that it inherits from."""
    meanings: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        section = (inspect.cleandoc(base.__doc__ or "")).partition("Attributes:\n")[2]
        for name, text in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, flags=re.MULTILINE):
            meanings[name] = " ".join(text.split())
    return meanings
