"""Settings as plain values, which YAML and JSON can hold, and back; what is wrong is named by its dotted key."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from nnunet_spine.synth.config.presets import PRESETS
from nnunet_spine.synth.config.recipe import SynthConfig
from nnunet_spine.synth.ranges import Range, is_number, plain_number

BASE = "spine"
"""The preset that settings begin from unless they name another one."""


def to_plain(value: Any) -> Any:
    """Settings, or any value in them, as mappings, lists, numbers and words."""
    if isinstance(value, Range):
        return value.plain()
    if is_dataclass(value):
        return {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {key: to_plain(entry) for key, entry in value.items()}
    return plain_number(value) if is_number(value) else value


def to_dict(config: SynthConfig) -> dict[str, Any]:
    """Every setting of the recipe, as plain values that `from_dict` reads again."""
    return to_plain(config)


def from_dict(
    mapping: Mapping[str, Any], source: str = "settings", base: Callable[[], SynthConfig] | None = None
) -> SynthConfig:
    """Read settings.

    Args:
        mapping: `preset`, the name of the preset to begin from, and whatever differs from it, nested like the
            settings. A mapping of names that the user chooses, as the weights of the priors, replaces the preset's as
            a whole.
        source: what errors call it, for instance the file.
        base: asked for the settings to begin from if `mapping` names no preset; `spine` if not given.

    Raises:
        ValueError: for keys that there are not, values of the wrong type and values that cannot be; it names source,
            dotted key, value and what is allowed.
    """
    try:
        changes = dict(_expect_mapping(mapping, ""))
        begins_from_base = base is not None and "preset" not in changes
        begin = base() if begins_from_base else preset_named(changes.pop("preset", BASE))
        return _read_settings(SynthConfig, changes, begin, "")
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None


def read_value(hint: Any, value: Any, key: str, base: Any = None) -> Any:
    """Read a value of a type: settings, a range, a number, a word, or a mapping of names to any of them.

    Args:
        hint: the type.
        value: what was written, or a value of that type.
        key: where it stands, dotted.
        base: the settings that `value` changes; without them all have to be given.

    Raises:
        ValueError: if it is not of the type; it begins with the key.
    """
    if hint is Range:
        return _read_range(value, key)
    if is_dataclass(hint):
        return value if isinstance(value, hint) else _read_settings(hint, value, base, key)
    if get_origin(hint) is Mapping:
        return _read_mapping(*get_args(hint), value, key)
    if hint is float:
        return _read_number(value, key)
    if not isinstance(value, str):
        raise ValueError(f"{key}: expected a word, got {_shown(value)}")
    return value


def differences(old: Mapping[str, Any], new: Mapping[str, Any], key: str = "") -> list[str]:
    """One line for each setting that is not the same in two mappings of plain values: `key: old -> new`."""
    lines = []
    for name in {**old, **new}:
        before, after, place = old.get(name), new.get(name), _join(key, name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            lines += differences(before, after, place)
        elif before != after:
            lines.append(f"{place}: {_shown(before)} -> {_shown(after)}")
    return lines


def missing_keys(written: Mapping[str, Any], whole: Mapping[str, Any], key: str = "") -> list[str]:
    """Dotted keys of a mapping of plain values that another one, which knows some of them, has not got."""
    keys = []
    for name, value in whole.items():
        place = _join(key, name)
        if name not in written:
            keys.append(place)
        elif isinstance(value, Mapping):
            keys += missing_keys(written[name], value, place)
    return keys


def preset_named(name: Any) -> SynthConfig:
    """A preset.

    Raises:
        ValueError: if there is none of that name, with those that there are.
    """
    if not isinstance(name, str) or name not in PRESETS:
        raise ValueError(f"preset: expected one of {', '.join(PRESETS)}, got {_shown(name)}{_nearest(name, PRESETS)}")
    return PRESETS[name]


def _read_settings(cls: type, value: Any, base: Any, key: str) -> Any:
    given, hints = _expect_mapping(value, key), get_type_hints(cls)
    names = [item.name for item in fields(cls)]
    _expect_known(given, names if key else ["preset", *names], key)
    missing = [] if base is not None else [name for name in names if name not in given]
    if missing:
        raise ValueError(f"{_join(key, missing[0])}: expected a value, it is missing")
    values = {name: getattr(base, name, None) for name in names}
    for name, entry in given.items():
        values[name] = read_value(hints[name], entry, _join(key, name), values[name])
    try:
        return cls(**values)
    except ValueError as error:
        raise ValueError(str(error).replace(f"{cls.__name__}.", f"{key}.", 1)) from None


def _read_mapping(names: Any, hint: Any, value: Any, key: str) -> dict[str, Any]:
    entries = _expect_mapping(value, key)
    if get_origin(names) is Literal:
        _expect_known(entries, get_args(names), key)
    return {str(name): read_value(hint, entry, _join(key, name)) for name, entry in entries.items()}


def _read_range(value: Any, key: str) -> Range:
    try:
        return Range.parse(value)
    except ValueError as error:
        raise ValueError(f"{key}: {str(error).removeprefix('range: ')}") from None


def _read_number(value: Any, key: str) -> float:
    if not (is_number(value) and math.isfinite(value)):
        raise ValueError(f"{key}: expected a finite number, got {_shown(value)}")
    return float(value)


def _expect_mapping(value: Any, key: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        place = f"{key}: " if key else ""
        raise ValueError(f"{place}expected a mapping of keys to values, got {_shown(value)}")
    return value


def _expect_known(given: Iterable[Any], allowed: Iterable[str], key: str) -> None:
    for name in given:
        if name not in allowed:
            raise ValueError(f"{_join(key, name)}: unknown, expected {', '.join(allowed)}{_nearest(name, allowed)}")


def _nearest(name: Any, allowed: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(name), list(allowed), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _join(key: str, name: Any) -> str:
    return f"{key}.{name}" if key else str(name)


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)
