"""Experiment files that extend others: what a file says replaces what the extended one says, key by key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnunet_spine.experiments.expansion import expand
from nnunet_spine.experiments.problems import shown
from nnunet_spine.yaml_files import read_yaml

EXTENDS = "extends"


class Said(str):
    """A text of an experiment file.

    Attributes:
        folder: of that file, which paths in it are relative to.
    """

    folder: Path


def read_with_extended(path: Path, extending: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Content of a file, together with that of the file that it extends.

    Args:
        path: the file.
        extending: files that lead here, each extended by the one before.

    Returns:
        Mappings, lists and values; every text is a `Said`.

    Raises:
        ValueError: if a file cannot be read, is no mapping, or extends itself by way of others.
    """
    chain = (*extending, path.resolve())
    if chain[-1] in extending:
        raise ValueError(f"{path}: {EXTENDS}: goes in a circle: {' -> '.join(file.name for file in chain)}")
    content = read_yaml(path)
    if not isinstance(content, Mapping):
        raise ValueError(f"{path}: expected an experiment, a mapping of keys to values, got {shown(content)}")
    own = dict(_said(content, chain[-1].parent))
    if EXTENDS not in own:
        return own
    return _merged(read_with_extended(_extended(path, own.pop(EXTENDS)), chain), own)


def read_name(path: Path) -> str:
    """The name of an experiment, whatever else its file says.

    Raises:
        ValueError: if there is none, or a file cannot be read.
    """
    name = read_with_extended(path).get("name")
    if not isinstance(name, str):
        raise ValueError(f"{path}: name: expected text, got {shown(name)}")
    return expand(name)


def _extended(path: Path, value: Any) -> Path:
    if not isinstance(value, Said):
        raise ValueError(f"{path}: {EXTENDS}: expected the path of an experiment file, got {shown(value)}")
    try:
        other = value.folder / Path(expand(value)).expanduser()
    except ValueError as error:
        raise ValueError(f"{path}: {EXTENDS}: {error}") from None
    if not other.is_file():
        raise ValueError(f"{path}: {EXTENDS}: expected the path of an experiment file, there is no {other}")
    return other


def _said(value: Any, folder: Path) -> Any:
    if isinstance(value, Mapping):
        return {key: _said(entry, folder) for key, entry in value.items()}
    if isinstance(value, list):
        return [_said(entry, folder) for entry in value]
    if not isinstance(value, str):
        return value
    said = Said(value)
    said.folder = folder
    return said


def _merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings become one, any other value replaces the one before, and nothing removes it."""
    result = dict(before)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            there = result.get(key)
            result[key] = _merged(there if isinstance(there, Mapping) else {}, value)
        else:
            result[key] = value
    return result
