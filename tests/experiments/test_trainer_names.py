"""Names of the trainers of an experiment: what an arm says, and what is added to it."""

from __future__ import annotations

from typing import Any

import pytest

from nnunet_spine.experiments.schema import Experiment
from nnunet_spine.experiments.trainer_names import trainer_of


def experiment_of(budget: str | None = None, **arms: dict[str, Any]) -> Experiment:
    return Experiment(
        name="names",
        question="?",
        requires="nothing",
        datasets={"real": {"raw": 501}},
        arms={name: {"dataset": "real"} | arm for name, arm in arms.items()},
        tests={"held_out": {"dataset": "real"}},
        budget=budget,
    )


@pytest.mark.parametrize(
    ("trainer", "patients", "budget", "expected"),
    [
        ("nnUNetTrainer", None, None, "nnUNetTrainer"),
        ("nnUNetTrainer", None, "20x50iter", "nnUNetTrainer_20x50iter"),
        ("nnUNetTrainerSynthSpine", 1, None, "nnUNetTrainerSynthSpine_1patient"),
        ("nnUNetTrainerSynthSpine", 5, "1epoch", "nnUNetTrainerSynthSpine_5patients_1epoch"),
        ("nnUNetTrainer_100epochs", 5, "20x50iter", "nnUNetTrainer_5patients_100epochs"),
        ("nnUNetTrainer_3x10iter", 5, "20x50iter", "nnUNetTrainer_5patients_3x10iter"),
        ("nnUNetTrainer_2patients", None, "20x50iter", "nnUNetTrainer_2patients_20x50iter"),
        ("nnUNetTrainer_250epochs_NoMirroring", None, "20x50iter", "nnUNetTrainer_250epochs_NoMirroring"),
        ("nnUNetTrainerBenchmark_5epochs", None, "20x50iter", "nnUNetTrainerBenchmark_5epochs"),
    ],
)
def test_what_a_name_does_not_say_is_added(trainer: str, patients: int | None, budget: str | None, expected: str):
    experiment = experiment_of(budget, arm={"trainer": trainer})
    assert trainer_of(experiment.arms["arm"], experiment, patients) == expected


@pytest.mark.parametrize(
    ("patients", "budget", "expected"),
    [
        (None, None, "nnUNetTrainerRealSpineReportUNetFineTune"),
        (5, "3x4iter", "nnUNetTrainerRealSpineReportUNetFineTune_5patients_3x4iter"),
        (0, "3x4iter", "nnUNetTrainerSynthSpineReportUNet_3x4iter"),
    ],
)
def test_an_arm_after_another_is_tuned_as_the_command_does(patients: int | None, budget: str | None, expected: str):
    experiment = experiment_of(budget, first={"trainer": "nnUNetTrainerSynthSpineReportUNet"}, then={"after": "first"})
    assert trainer_of(experiment.arms["then"], experiment, patients) == expected


def test_the_model_before_may_be_of_few_patients():
    experiment = experiment_of(first={"trainer": "nnUNetTrainer", "patients": 3}, then={"after": "first"})
    assert trainer_of(experiment.arms["then"], experiment, 0) == "nnUNetTrainer_3patients"


def test_a_trainer_of_an_arms_own_counts():
    experiment = experiment_of(
        first={"trainer": "nnUNetTrainer"}, then={"after": "first", "trainer": "nnUNetTrainerRealSpine"}
    )
    assert trainer_of(experiment.arms["then"], experiment, 7) == "nnUNetTrainerRealSpine_7patients"
