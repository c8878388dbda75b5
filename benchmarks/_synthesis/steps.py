"""What every step of a recipe costs alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from _synthesis.contenders import synthesis
from _synthesis.patches import Patch
from _synthesis.switches import name_of, switched, switches
from _synthesis.timing import Row, Times, measure
from nnunet_spine.synth import SynthConfig

BASE, ALL = "with no step on", "as it is"
WARM_UP_S = 1.0


@dataclass(frozen=True)
class StepCost:
    """Cost of a step.

    Attributes:
        step: its name; `BASE` and `ALL` are the recipe with nothing switched on, and as it is.
        patch: name of the patch.
        device: where it ran.
        probability: share of samples that it happens to.
        cost_ms: mean time of a sample that it happens to, above that of `BASE`.
        share_ms: what it adds to the mean sample, probability times cost.
    """

    step: str
    patch: str
    device: str
    probability: float
    cost_ms: float
    share_ms: float

    def figures(self) -> dict[str, str | float]:
        """For JSON."""
        return asdict(self)


def step_costs(config: SynthConfig, patch: Patch, device: str, draws: int, seconds: float) -> list[StepCost]:
    """Time the recipe with one step on in every sample and all others off, for each step in turn."""
    shares = dict(switches(config))
    off = dict.fromkeys(shares, 0.0)
    recipes = {BASE: switched(config, off), ALL: config}
    recipes |= {name_of(path): switched(config, off | {path: 1.0}) for path, share in shares.items() if share}
    rows = [
        Row(name, patch.name, device, synthesis(patch, recipe, device), patch.batch) for name, recipe in recipes.items()
    ]
    times = {measured.row.name: measured for measured in measure(rows, draws, seconds, WARM_UP_S)}
    costs = [StepCost(name, patch.name, device, 1.0, times[name].mean_ms, times[name].mean_ms) for name in (BASE, ALL)]
    for path, share in shares.items():
        if share:
            cost = _above(times[name_of(path)], times[BASE])
            costs.append(StepCost(name_of(path), patch.name, device, share, cost, share * cost))
    return costs


def _above(times: Times, base: Times) -> float:
    """Median difference of calls that stood side by side: a disturbance between them does not count."""
    if len(times.wall_ms) != len(base.wall_ms):
        return times.mean_ms - base.mean_ms
    return float(np.median(np.subtract(times.wall_ms, base.wall_ms)))
