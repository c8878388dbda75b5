"""Names of the trainers of an experiment."""

from __future__ import annotations

from nnunet_spine.experiments.schema import Arm, Experiment
from nnunet_spine.training.suffixes import with_suffixes


def trainer_of(arm: Arm, experiment: Experiment, patients: int | None = None) -> str:
    """Name of the trainer that an arm trains with.

    Args:
        arm: of the experiment; if it has no trainer, it is that of `nnunet-spine finetune` for the arm before.
        experiment: its budget is added to names that do not say how long they train.
        patients: one of the arm's numbers of patients, None for all; 0 is the model of the arm before as it is.
    """
    before = experiment.arms[arm.after] if arm.after is not None else None
    if before is not None and patients == 0:
        return trainer_of(before, experiment, only_number(before))
    if arm.trainer is not None:
        return with_suffixes(arm.trainer, patients, experiment.budget)
    # Its package loads torch, which experiments without fine-tuning do not need.
    from nnunet_spine.finetuning.trainer_names import tuned_name

    return with_suffixes(tuned_name(trainer_of(before, experiment)), patients, experiment.budget)


def only_number(arm: Arm) -> int | None:
    """The number of patients of an arm that others come after, which has one at most; None for all patients."""
    return next(iter(arm.patients), None)
