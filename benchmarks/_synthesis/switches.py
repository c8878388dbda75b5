"""The switches of a recipe: every share of samples that a step of it happens to, found in the settings themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from nnunet_spine.synth import SynthConfig
from nnunet_spine.synth.ranges import Range

Path = tuple[str, ...]
"""Where a switch stands in the settings."""


def switches(settings: Any, path: Path = ()) -> Iterator[tuple[Path, float]]:
    """Every switch with its value, in the order of the recipe.

    A switch is a `probability`; of settings that hold neither one nor further settings, each plain number in `SHARES`.
    """
    parts = [(item.name, getattr(settings, item.name)) for item in fields(settings)]
    nested = [(name, value) for name, value in parts if is_dataclass(value) and not isinstance(value, Range)]
    if hasattr(settings, "probability"):
        yield (*path, "probability"), settings.probability
        return
    for name, value in nested:
        yield from switches(value, (*path, name))
    if not nested:
        shares = getattr(settings, "SHARES", ())
        yield from (((*path, name), value) for name, value in parts if name in shares and isinstance(value, float))


def switched(config: SynthConfig, values: Mapping[Path, float]) -> SynthConfig:
    """The settings with some switches set anew."""
    for path, value in values.items():
        config = _set(config, path, value)
    return config


def steps_on(config: SynthConfig) -> float:
    """Mean number of steps that act on a sample: the switches' values, and one for each setting that has no switch."""
    paths = dict(switches(config))
    always = {item.name for item in fields(config)} - {path[0] for path in paths}
    return len(always) + sum(paths.values())


def name_of(path: Path) -> str:
    """How a switch is called in a table."""
    return " ".join(part for part in path if part != "probability")


def _set(settings: Any, path: Path, value: float) -> Any:
    name, *rest = path
    return replace(settings, **{name: _set(getattr(settings, name), tuple(rest), value) if rest else value})
