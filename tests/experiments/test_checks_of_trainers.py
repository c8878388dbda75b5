"""Trainers and planners that there are not, and what trainers cannot do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

Check = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            "{real: {trainer: nnUNetTrainerReelSpine}}",
            "arms.real.trainer: .*ReelSpine_20x50iter: nnU-Net finds none of",
        ),
        ("{real: {trainer: nnUNetTrainerReelSpine}}", ".*; did you mean nnUNetTrainerRealSpine_20x50iter"),
        (
            "{real: {trainer: nnUNetTrainerDA5}}",
            "arms.real.trainer: trainer nnUNetTrainerDA5_20x50iter: nnU-Net finds none",
        ),
        ("{real: {synthesis: {preset: spine}}}", "arms.real.synthesis: expected a trainer that synthesises its images"),
        ("{real: {priors: fitted}}", "arms.real.priors: expected a trainer that synthesises its images"),
        ("{synthetic: {synthesis: {biass: 1}}}", "arms.synthetic.synthesis: biass: unknown, .*; did you mean bias"),
        (
            "{synthetic: {synthesis: {intensity: {priors: {fitted: 1}}}}}",
            "arms.synthetic.synthesis: intensity.fitted: exp",
        ),
        (
            "{tuned: {trainer: nnUNetTrainerSynthSpineFitted}}",
            "arms.tuned.trainer: expected none that needs fitted inten",
        ),
    ],
)
def test_trainers_that_are_not_there_or_cannot(changes: str, expected: str, problems_of: Check):
    (problem,) = problems_of(f"arms: {changes}")
    assert re.match(expected, problem), problem


@pytest.mark.parametrize(
    "arm",
    [
        "{trainer: nnUNetTrainerSynthSpineFitted}",
        "{priors: fitted, synthesis: {intensity: {priors: {fitted: 1, uniform: 1}}}}",
        "{synthesis: {preset: strong, bias: {probability: 0}}}",
        "{trainer: nnUNetTrainerMixSpine_1epoch, synthesis: {preset: report}}",
    ],
)
def test_settings_of_synthesis_that_there_are(arm: str, problems_of: Check):
    assert problems_of(f"arms: {{synthetic: {arm}, tuned: null}}") == []


def test_nnunets_own_trainers_say_themselves_how_long_they_train(problems_of: Check):
    assert problems_of("arms: {real: {trainer: nnUNetTrainerDA5_10epochs}}") == []


def test_synthesis_is_of_one_channel(problems_of: Check, raw_names: Path):
    changes = "datasets: {more: {raw: 7}}\ntests: {more: {dataset: more}, held_out: null}\n"
    arms = "arms: {real: null, tuned: null, synthetic: {dataset: more}}"
    (problem,) = problems_of(changes + arms)
    assert problem == "arms.synthetic.trainer: nnUNetTrainerSynthSpine_20x50iter needs data of 1 channel, more has 2"


@pytest.mark.parametrize(
    ("planner", "expected"),
    [
        ("nnUNetPlannerResEncM", None),
        ("nnUNetPlannerResEncS", "finds none of this name; did you mean nnUNetPlannerResEncM?"),
        ("PlansManager", "finds none of this name"),
    ],
)
def test_planners_are_those_of_nnunet(planner: str, expected: str | None, problems_of: Check):
    found = problems_of(f"plans: {{coarse: {{planner: {planner}}}}}")
    if expected is None:
        assert found == []
    else:
        (problem,) = found
        assert problem.startswith(f"plans.coarse.planner: planner {planner}: nnU-Net")
        assert expected in problem
