"""What the settings of an arm ask for together, as far as the file tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnunet_spine.experiments.problems import Problem, dotted, expected_one_of
from nnunet_spine.experiments.schema import Arm, Experiment, SyntheticData
from nnunet_spine.training.suffixes import says_patients

AXES: Mapping[str, int] = {"2d": 2, "3d_fullres": 3, "3d_lowres": 3}
"""Axes of an image in each of nnU-Net's configurations; a cascade's second stage needs predictions of the first."""


def arm_problems(experiment: Experiment) -> Iterator[Problem]:
    """Settings that do not go together.

    Args:
        experiment: in which all names are there.
    """
    for key, arm in experiment.arms.items():
        before = None if arm.after is None else experiment.arms[arm.after]
        found = _from_scratch(arm) if before is None else _after(arm, before)
        for field, what in (*found, *_patients(arm), *_configuration(arm, experiment)):
            yield Problem(dotted("arms", key, field), what)


def _from_scratch(arm: Arm) -> Iterator[tuple[str, str]]:
    only = "only an arm with `after` can have it"
    if 0 in arm.patients:
        yield "patients", f"expected 1 or more, got 0; {only}: the earlier arm as it is"
    if arm.average is not None:
        what = "the average is that of its weights with those of the arm that it begins with"
        yield "average", f"{only}: {what}, and this one begins with none"


def _after(arm: Arm, before: Arm) -> Iterator[tuple[str, str]]:
    """`nnunet-spine finetune` moves plans and configuration of the model to the data, and knows no other settings."""
    if len(before.patients) > 1:
        numbers = ", ".join(map(str, before.patients))
        yield "after", f"expected an arm with one number of patients at most, {arm.after} has {numbers}"
    if arm.configuration != before.configuration:
        yield "configuration", f"expected that of {arm.after}, {before.configuration}, got {arm.configuration}"
    if arm.plans not in (None, before.plans):
        yield "plans", f"expected none or those of {arm.after}, {before.plans or 'which has none'}, got {arm.plans}"
    for field in ("synthesis", "priors"):
        if getattr(arm, field):
            yield field, "expected nothing: fine-tuning by nnunet-spine finetune takes the trainer's own settings"


def _patients(arm: Arm) -> Iterator[tuple[str, str]]:
    if arm.patients and arm.trainer is not None and says_patients(arm.trainer):
        yield "patients", f"expected none, because the name of the trainer says how many: {arm.trainer}"


def _configuration(arm: Arm, experiment: Experiment) -> Iterator[tuple[str, str]]:
    if arm.configuration not in AXES:
        yield "configuration", expected_one_of(AXES, arm.configuration)
        return
    axes, data = AXES[arm.configuration], experiment.datasets[arm.dataset]
    patch = None if arm.plans is None else experiment.plans[arm.plans].patch_size
    if patch is not None and len(patch) != axes:
        yield "plans", f"expected a patch_size of {axes} numbers for {arm.configuration}, {arm.plans} has {len(patch)}"
    if isinstance(data, SyntheticData) and data.dim == "2d" and axes == 3:
        yield (
            "dataset",
            f"expected synthetic images with `dim: 3d` for {arm.configuration}, slices of {arm.dataset} differ",
        )
