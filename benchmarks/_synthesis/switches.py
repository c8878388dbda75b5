"""The switches of a recipe: the share of samples that each step happens to, found in the settings themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from nnunet_spine.synth import SynthConfig

Path = tuple[str, ...]
"""Where a switch stands in the settings."""


def switches(settings: Any, path: Path = ()) -> Iterator[tuple[Path, float]]:
    """Every `probability` with its value, in the order of the recipe."""
    for item in fields(settings):
        value, here = getattr(settings, item.name), (*path, item.name)
        if item.name == "probability":
            yield here, value
        elif is_dataclass(value):
            yield from switches(value, here)


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
