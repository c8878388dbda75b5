"""Settings in files: YAML that people write, and JSON of priors that were fitted to real images."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from nnunet_spine import __version__
from nnunet_spine.synth.config.contrast import Prior
from nnunet_spine.synth.config.plain import from_dict, read_value, to_dict
from nnunet_spine.synth.config.presets import PRESETS
from nnunet_spine.synth.config.recipe import SynthConfig

FITTED_FORMAT = "nnunet-spine priors 1"
"""What a file of `nnunet-spine priors` says about itself under `format`."""


def dump(config: SynthConfig) -> str:
    """All settings as YAML that needs no other file; the first line names the version, and the preset if it is one."""
    preset = next((f", preset {name}" for name, known in PRESETS.items() if known == config), "")
    head = f"# Settings of synthesis, nnunet-spine {__version__}{preset}\n"
    return head + yaml.dump(to_dict(config), Dumper=_Dumper, sort_keys=False, width=120, default_flow_style=False)


def load(path: Path | str, base: Callable[[], SynthConfig] | None = None) -> SynthConfig:
    """Read settings from a YAML file; see `from_dict` for what it holds, and what it begins from.

    `intensity.fitted` may be the path of a file of `nnunet-spine priors`, relative to the YAML file.

    Raises:
        ValueError: if it cannot be read, or says what cannot be; it names the file and the key or line.
    """
    path = Path(path)
    settings = _parse_yaml(_read_text(path), str(path))
    intensity = settings.get("intensity") if isinstance(settings, Mapping) else None
    if isinstance(intensity, Mapping) and isinstance(intensity.get("fitted"), str):
        fitted = _fitted_of(path, intensity["fitted"])
        settings = {**settings, "intensity": {**intensity, "fitted": fitted}}
    return from_dict(settings, str(path), base)


def parse(text: str, source: str) -> SynthConfig:
    """Read settings from YAML as `dump` writes it; `source` is what errors call it.

    Raises:
        ValueError: as `load`.
    """
    return from_dict(_parse_yaml(text, source), source)


def read_fitted(path: Path | str) -> dict[str, Prior]:
    """Read priors fitted to real images, by sequence and tissue, from a file of `nnunet-spine priors`.

    Raises:
        ValueError: if it cannot be read or is no such file; it names the file and the key or line.
    """
    path = Path(path)
    try:
        content = json.loads(_read_text(path), parse_int=float)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}, line {error.lineno}: expected JSON, {error.msg}") from None
    said = content.get("format") if isinstance(content, dict) else None
    if said != FITTED_FORMAT:
        raise ValueError(f"{path}: format: expected {FITTED_FORMAT!r}, got {said!r}")
    try:
        return read_value(Mapping[str, Prior], content.get("sequences"), "sequences")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _fitted_of(settings: Path, name: str) -> dict[str, Prior]:
    """The priors that a settings file names."""
    path = settings.parent / Path(name).expanduser()
    if not path.is_file():
        raise ValueError(f"{settings}: intensity.fitted: expected a file of `nnunet-spine priors`, there is no {path}")
    return read_fitted(path)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: expected text in UTF-8") from None


def _parse_yaml(text: str, source: str) -> Any:
    try:
        settings = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise ValueError(f"{source}{line}: expected YAML, {problem}") from None
    except RecursionError:
        raise ValueError(f"{source}: expected YAML, it is nested too deeply") from None
    return {} if settings is None else settings


class _Loader(yaml.SafeLoader):
    """Words and numbers as in YAML 1.2, where `1e-3` is a number and `off` a word; a key stands once in its mapping."""

    yaml_implicit_resolvers: dict = {}  # noqa: RUF012 - the base class's name

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        mapping = super().construct_mapping(node, deep)
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} stands twice", key.start_mark)
            seen.add(key.value)
        return mapping


for _name, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", "true|false", ["t", "f"]),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", [*"-+.0123456789"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), _first)


class _Dumper(yaml.SafeDumper):
    """Ranges on one line, and everything else below its key."""

    def represent_dict(self, data: dict) -> yaml.Node:
        flow = bool(data) and set(data) <= {"normal"}
        return self.represent_mapping("tag:yaml.org,2002:map", data, flow_style=flow)

    def represent_list(self, data: list) -> yaml.Node:
        return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)


_Dumper.add_representer(dict, _Dumper.represent_dict)
_Dumper.add_representer(list, _Dumper.represent_list)
