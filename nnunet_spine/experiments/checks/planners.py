"""Whether the planners are there."""

from __future__ import annotations

from collections.abc import Iterator

from nnunet_spine.experiments.problems import Problem, dotted
from nnunet_spine.experiments.schema import Experiment


def planner_problems(experiment: Experiment) -> Iterator[Problem]:
    """Planners that nnU-Net does not find."""
    for key, plan in experiment.plans.items():
        if plan.planner is None:
            continue
        # It loads nnU-Net.
        from nnunet_spine.finetuning.planners import find_planner

        try:
            find_planner(plan.planner)
        except ValueError as error:
            yield Problem(dotted("plans", key, "planner"), str(error))
