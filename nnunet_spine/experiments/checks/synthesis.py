"""Whether settings of synthesis can be read, before their priors are fitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnunet_spine.experiments.problems import Problem, dotted
from nnunet_spine.experiments.schema import Experiment, SyntheticData

_SOURCE = "settings"
_NOT_FITTED_YET = {"any": {}}
"""In place of fitted priors: of one sequence, and of no tissue."""


def synthetic_data_problems(experiment: Experiment) -> Iterator[Problem]:
    """Settings of synthetic data sets that cannot be read."""
    for key, data in experiment.datasets.items():
        if isinstance(data, SyntheticData) and (what := settings_problem(data.synthesis)):
            yield Problem(dotted("datasets", key, "synthesis"), what)


def settings_problem(asked: Mapping[str, Any], own: Mapping[str, Any] | None = None, fitted: bool = False) -> str:
    """Why settings cannot be read, empty if they can.

    Args:
        asked: as in a settings file.
        own: that they begin from without a preset; `spine` if not given.
        fitted: whether priors will be fitted before they are used.
    """
    # The generator's package loads torch.
    from nnunet_spine.synth.config.plain import from_dict

    intensity = asked.get("intensity")
    if fitted and isinstance(intensity, Mapping):
        asked = {**asked, "intensity": {**intensity, "fitted": _NOT_FITTED_YET}}
    try:
        from_dict(asked, _SOURCE, lambda: from_dict(own or {}, _SOURCE))
    except ValueError as error:
        return str(error).removeprefix(f"{_SOURCE}: ")
    return ""
