"""Settings in files: YAML that people write, and JSON of priors that were fitted to real images."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from nnunet_spine import __version__
from nnunet_spine.synth.config.contrast import Prior
from nnunet_spine.synth.config.plain import from_dict, read_value, to_dict
from nnunet_spine.synth.config.presets import PRESETS
from nnunet_spine.synth.config.recipe import SynthConfig
from nnunet_spine.yaml_files import parse_yaml, read_text, read_yaml

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
    settings = read_yaml(path)
    intensity = settings.get("intensity") if isinstance(settings, Mapping) else None
    if isinstance(intensity, Mapping) and isinstance(intensity.get("fitted"), str):
        fitted = _fitted_of(path, intensity["fitted"])
        settings = {**settings, "intensity": {**intensity, "fitted": fitted}}
    return from_dict(settings, str(path), base)


def parse(text: str, source: str, base: Callable[[], SynthConfig] | None = None) -> SynthConfig:
    """Read settings from YAML as `dump` writes it; see `from_dict` for the rest.

    Raises:
        ValueError: as `load`.
    """
    return from_dict(parse_yaml(text, source), source, base)


def read_fitted(path: Path | str) -> dict[str, Prior]:
    """Read priors fitted to real images, by sequence and tissue, from a file of `nnunet-spine priors`.

    Raises:
        ValueError: if it cannot be read or is no such file; it names the file and the key or line.
    """
    path = Path(path)
    try:
        content = json.loads(read_text(path), parse_int=float)
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


class _Dumper(yaml.SafeDumper):
    """Ranges on one line, and everything else below its key."""

    def represent_dict(self, data: dict) -> yaml.Node:
        flow = bool(data) and set(data) <= {"normal", "log_uniform"}
        return self.represent_mapping("tag:yaml.org,2002:map", data, flow_style=flow)

    def represent_list(self, data: list) -> yaml.Node:
        return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)


_Dumper.add_representer(dict, _Dumper.represent_dict)
_Dumper.add_representer(list, _Dumper.represent_list)
