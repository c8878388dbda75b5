"""Everything that can be known to go wrong with an experiment before it starts, by names and tables alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nnunet_spine.experiments.checks.arms import arm_problems
from nnunet_spine.experiments.checks.datasets import known_datasets
from nnunet_spine.experiments.checks.folds import fold_problems
from nnunet_spine.experiments.checks.ids import id_problems
from nnunet_spine.experiments.checks.patients import patient_problems
from nnunet_spine.experiments.checks.planners import planner_problems
from nnunet_spine.experiments.checks.references import reference_problems, sound_part
from nnunet_spine.experiments.checks.synthesis import synthetic_data_problems
from nnunet_spine.experiments.checks.tests import test_problems
from nnunet_spine.experiments.checks.trainers import trainer_problems
from nnunet_spine.experiments.checks.unseen import unseen_patients, unseen_problems
from nnunet_spine.experiments.checks.values import value_problems
from nnunet_spine.experiments.problems import Problem, raise_if_any
from nnunet_spine.experiments.schema import Experiment

__all__ = ["check_experiment", "unseen_patients"]


def check_experiment(experiment: Experiment, file: Path | None = None) -> None:
    """Check an experiment against itself, and against the data, trainers and planners that there are.

    No voxel is read, and nothing is written.

    Args:
        experiment: to check.
        file: that says it, for errors.

    Raises:
        InvalidInputError: a ValueError with a line for each problem, in the order of their keys.
    """
    name = f"experiment {experiment.name}"
    raise_if_any(name if file is None else f"{file}: {name}", _problems(experiment))


def _problems(experiment: Experiment) -> Iterator[Problem]:
    yield from value_problems(experiment)
    yield from id_problems(experiment)
    yield from planner_problems(experiment)
    yield from synthetic_data_problems(experiment)
    yield from reference_problems(experiment)
    sound = sound_part(experiment)
    known, found = known_datasets(sound)
    yield from found
    yield from arm_problems(sound)
    yield from fold_problems(sound, known)
    yield from test_problems(sound, known)
    yield from unseen_problems(sound, known)
    yield from patient_problems(sound, known)
    yield from trainer_problems(sound, known)
