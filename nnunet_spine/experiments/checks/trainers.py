"""Whether the trainers are there, and can synthesise where they are asked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from nnunet_spine.experiments.checks.known import Known
from nnunet_spine.experiments.checks.synthesis import settings_problem
from nnunet_spine.experiments.problems import Problem, dotted
from nnunet_spine.experiments.schema import Arm, Experiment
from nnunet_spine.experiments.trainer_names import trainer_of


def trainer_problems(experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    """Trainers that nnU-Net does not find, and settings of synthesis that they do not have.

    Args:
        experiment: in which all names are there.
        known: data sets by their keys.
    """
    for key, arm in experiment.arms.items():
        for patients in arm.patients or (None,):
            try:
                trainer = _trainer(trainer_of(arm, experiment, patients))
            except ValueError as error:
                yield Problem(dotted("arms", key, "trainer"), str(error))
                break
        else:
            for field, what in _synthesis(arm, trainer, known.get(arm.dataset)):
                yield Problem(dotted("arms", key, field), what)


@cache
def _trainer(name: str) -> type:
    # It loads torch and nnU-Net.
    from nnunet_spine.finetuning.network import find_trainer

    return find_trainer(name)


def _synthesis(arm: Arm, trainer: type, data: Known | None) -> Iterator[tuple[str, str]]:
    from nnunet_spine.trainers.synth_spine import SynthSpine
    from nnunet_spine.trainers.synth_spine_variants import SynthSpineFitted

    if not issubclass(trainer, SynthSpine):
        such = (
            f"expected a trainer that synthesises its images, such as nnUNetTrainerSynthSpine, got {trainer.__name__}"
        )
        yield from ((field, such) for field in ("synthesis", "priors") if getattr(arm, field))
        return
    fitted = issubclass(trainer, SynthSpineFitted)
    if data is not None and data.channels != 1:
        yield "trainer", f"{trainer.__name__} needs data of 1 channel, {arm.dataset} has {data.channels}"
    if fitted and arm.after is not None:
        yield (
            "trainer",
            f"expected none that needs fitted intensities, which fine-tuning does not fit: {trainer.__name__}",
        )
    if what := settings_problem(arm.synthesis, trainer.settings, fitted or arm.priors is not None):
        yield "synthesis", what
