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
        try:
            trainer = _trainer_of(arm, experiment)
        except ValueError as error:
            yield Problem(dotted("arms", key, "trainer"), str(error))
            continue
        for field, what in (*_synthesis(arm, trainer, known.get(arm.dataset)), *_network(arm, experiment)):
            yield Problem(dotted("arms", key, field), what)


def _trainer_of(arm: Arm, experiment: Experiment) -> type:
    """The trainer of an arm for one of its numbers of patients, all of which are there.

    Raises:
        ValueError: if one is not.
    """
    numbers = [number for number in arm.patients if number] or [None]
    first, *_ = (_trainer(trainer_of(arm, experiment, number)) for number in numbers)
    return first


@cache
def _trainer(name: str) -> type:
    # It loads torch and nnU-Net.
    from nnunet_spine.finetuning.network import find_trainer

    return find_trainer(name)


def _synthesis(arm: Arm, trainer: type, data: Known | None) -> Iterator[tuple[str, str]]:
    from nnunet_spine.trainers.synth_spine import SynthSpine
    from nnunet_spine.trainers.synth_spine_variants import SynthSpineFitted

    name = trainer.__name__
    if not issubclass(trainer, SynthSpine):
        what = f"expected a trainer that synthesises its images, such as nnUNetTrainerSynthSpine, got {name}"
        yield from ((field, what) for field in ("synthesis", "priors") if getattr(arm, field))
        return
    fitted = issubclass(trainer, SynthSpineFitted)
    if data is not None and data.channels != 1:
        yield "trainer", f"{name} needs data of 1 channel, {arm.dataset} has {data.channels}"
    if fitted and arm.after is not None:
        yield "trainer", f"expected none that needs fitted intensities, which fine-tuning does not fit, got {name}"
    if what := settings_problem(arm.synthesis, trainer.settings, fitted or arm.priors is not None):
        yield "synthesis", what


def _network(arm: Arm, experiment: Experiment) -> Iterator[tuple[str, str]]:
    """Weights can only be trained on in the network that they are of."""
    if arm.after is None:
        return
    before = _network_of(trainer_of(experiment.arms[arm.after], experiment))
    own = _network_of(trainer_of(arm, experiment))
    if None not in (before, own) and before != own:
        yield "trainer", f"expected a trainer with the network of {arm.after}, {before}, got {arm.trainer}: {own}"


def _network_of(trainer: str) -> str | None:
    """The network that the name of a trainer says; None for one that is not of the grammar of names."""
    from nnunet_spine.trainers.names import KINDS, PREFIX, bases_of

    parts = bases_of(trainer)
    if not parts and trainer.partition("_")[0] != PREFIX:
        return None
    return next((part.__name__ for part in parts if part in KINDS["network"].values()), "that of the plan")
