"""Settings of synthesis as a run will have them, all of them, so that a changed default is a change."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FITTED = "fitted"


@dataclass(frozen=True)
class Synthesis:
    """Settings.

    Attributes:
        settings: all of them, as plain values; priors that are fitted first are left out.
        fitted: whether intensities are fitted to real images first.
    """

    settings: Mapping[str, Any]
    fitted: bool = False


def synthesis_of(asked: Mapping[str, Any], own: Mapping[str, Any] | None = None, fitted: bool = False) -> Synthesis:
    """What is asked for, with what it begins from.

    Args:
        asked: settings as in a file; it begins from its preset if it names one.
        own: settings of the trainer, which it begins from otherwise; those of `spine` without.
        fitted: whether intensities are fitted first: then they are what images are made with, alone, unless `asked`
            mixes them with others.

    Raises:
        ValueError: for what cannot be.
    """
    from nnunet_spine.synth.config.plain import from_dict, to_dict

    asked = copy.deepcopy(dict(asked))
    mixed = _take_fitted(asked)
    plain = to_dict(from_dict(asked, "synthesis", lambda: from_dict(own or {}, "settings of the trainer")))
    if not fitted:
        return Synthesis(plain)
    return Synthesis({**plain, "intensity": {**plain["intensity"], "priors": mixed or {FITTED: 1.0}}}, fitted=True)


def settings_file(synthesis: Synthesis, priors: Path | None = None) -> str:
    """The text of a file of settings.

    It names a preset, though nothing of that is left, because a trainer's own settings would be read otherwise.

    Args:
        synthesis: the settings.
        priors: file of the fitted priors.
    """
    content = {"preset": "spine", **synthesis.settings}
    if priors is not None:
        content["intensity"] = {**content["intensity"], FITTED: str(priors)}
    return yaml.safe_dump(content, sort_keys=False, width=120)


def _take_fitted(asked: dict[str, Any]) -> Mapping[str, Any] | None:
    """Take weights of priors out of settings if fitted ones are among them: these are not there to be read yet."""
    intensity = asked.get("intensity")
    if not isinstance(intensity, dict) or FITTED not in (intensity.get("priors") or {}):
        return None
    return intensity.pop("priors")
