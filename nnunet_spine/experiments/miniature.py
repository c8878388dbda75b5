"""The whole graph of an experiment on a tiny phantom, to be run in minutes before days are spent on the real one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path

from nnunet_spine.experiments.nodes import KINDS
from nnunet_spine.experiments.schema import (
    Arm,
    Dataset,
    Experiment,
    Needs,
    Plan,
    RawData,
    SpiderData,
    SyntheticData,
    Test,
)
from nnunet_spine.experiments.workspace import MINIATURE, PHANTOM
from nnunet_spine.training.suffixes import with_at_most, with_length

LENGTH = "1x2iter"
"""Of every training: one epoch of two iterations."""

_SEQUENCES = ("t1", "t2", "t2_SPACE")
_PATIENTS, _SEED, _SIZE = 7, 0, "tiny"
_TRAINED_ON = 4
"""Of the phantom's patients two are of the validation subset, and one of the other five is left out of fold 0."""

_NEEDS = Needs(cores=1, memory_gb=4, hours=1)


def miniature(experiment: Experiment, folder: Path) -> Experiment:
    """The same arms and tests on a phantom: one fold and seed, two iterations, a level of each condition.

    Raw data sets that are there become conversions of the phantom, with the classes of the experiment's other data,
    else with four. Sequences that it has not are all of its own. What would then be tested twice in an arm, as images
    of one phantom, is tested once. Plans are those that nnU-Net makes of the phantom, with a planner that the
    experiment names.

    Args:
        experiment: a whole one.
        folder: that a folder `phantom` is written into, in SPIDER's layout; one that is there is kept.

    Returns:
        The experiment, its name with `_miniature`.

    Raises:
        ValueError: if something else is there.
    """
    from nnunet_spine.phantom import write_phantom

    phantom = folder.absolute() / PHANTOM
    if not has_phantom(folder):
        write_phantom(phantom, _PATIENTS, _SEQUENCES, _SEED, _SIZE)
    changes = {
        "name": f"{experiment.name}{MINIATURE}",
        "requires": "minutes on a CPU",
        "datasets": _datasets(experiment, phantom),
        "plans": {key: Plan(planner=plan.planner, batch_size=2) for key, plan in experiment.plans.items()},
        "arms": {name: _arm(arm) for name, arm in experiment.arms.items()},
        "folds": (0,),
        "seeds": experiment.seeds[:1],
        "budget": LENGTH,
        "tests": {key: _test(test, phantom) for key, test in experiment.tests.items()},
        "conditions": _one_level_each(experiment.conditions),
        "resources": dict.fromkeys(KINDS, _NEEDS),
    }
    small = experiment.model_copy(update=changes)
    return small.model_copy(
        update={"arms": {name: _without_repeated_tests(arm, small) for name, arm in small.arms.items()}}
    )


def has_phantom(folder: Path) -> bool:
    """Whether the phantom of `miniature` is in a folder already, so that nothing is written."""
    from nnunet_spine.phantom import is_written

    return is_written(folder.absolute() / PHANTOM, _PATIENTS, _SEQUENCES, _SEED, _SIZE)


def _datasets(experiment: Experiment, phantom: Path) -> dict[str, Dataset]:
    taken = {dataset.id for dataset in experiment.datasets.values() if not isinstance(dataset, RawData)}
    free = (number for number in range(1, 1000) if number not in taken)
    trained_on = set(_trained_on(experiment))
    schemes = {dataset.scheme for dataset in experiment.datasets.values() if isinstance(dataset, SpiderData)}
    scheme = schemes.pop() if len(schemes) == 1 else "4class"
    made: dict[str, Dataset] = {}
    for key, dataset in experiment.datasets.items():
        if isinstance(dataset, SpiderData):
            dataset = dataset.model_copy(update={"spider": phantom})
        elif isinstance(dataset, RawData):
            subset = "training" if key in trained_on else "validation"
            dataset = SpiderData(id=next(free), spider=phantom, name=f"Phantom_{key}", scheme=scheme, subset=subset)
        made[key] = dataset
    return made


def _trained_on(experiment: Experiment) -> Iterable[str]:
    """Keys of data sets that arms are trained on, and of those whose label maps synthetic images are made of."""
    for arm in experiment.arms.values():
        yield arm.dataset
    for dataset in experiment.datasets.values():
        if isinstance(dataset, SyntheticData):
            yield dataset.synthetic_of


def _arm(arm: Arm) -> Arm:
    trainer = arm.trainer and with_at_most(with_length(arm.trainer, LENGTH), _TRAINED_ON)
    patients = dict.fromkeys(min(number, _TRAINED_ON) for number in arm.patients)
    return arm.model_copy(update={"trainer": trainer, "patients": tuple(patients)})


def _without_repeated_tests(arm: Arm, small: Experiment) -> Arm:
    """The arm without tests of images that an earlier one has: those of several places have become one phantom's."""
    tested: set[tuple[object, ...]] = set()
    repeated = set()
    for key in arm.tests or small.tests:
        images = _images(small.tests[key], small) if key in small.tests else set()
        repeated |= {key} if images & tested else set()
        tested |= images
    kept = tuple(key for key in arm.tests or small.tests if key not in repeated)
    return arm.model_copy(update={"tests": kept}) if repeated else arm


def _images(test: Test, small: Experiment) -> set[tuple[object, ...]]:
    """What tells the images of a test from others; names that nothing has are left to the checks."""
    data = small.datasets.get(test.dataset)
    synthetic = isinstance(data, SyntheticData)
    source = small.datasets.get(data.synthetic_of) if synthetic else data
    subset, there = getattr(source, "subset", "training"), getattr(source, "sequences", ()) or _SEQUENCES
    subsets = ("training",) if synthetic else ("training", "validation") if subset == "all" else (subset,)
    sequences = [sequence for sequence in there if sequence in (test.sequences or there)]
    return set(product((synthetic,), subsets, sequences, test.slices))


def _test(test: Test, phantom: Path) -> Test:
    gradings = test.gradings and phantom / "radiological_gradings.csv"
    conditions = None if test.conditions is None else _one_level_each(test.conditions)
    return test.model_copy(update={"gradings": gradings, "conditions": conditions, "sequences": _sequences(test)})


def _sequences(test: Test) -> tuple[str, ...]:
    """Those of the phantom; data that are no SPIDER's have others."""
    return tuple(sequence for sequence in test.sequences if sequence in _SEQUENCES)


def _one_level_each(conditions: Mapping[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    return {name: levels[:1] for name, levels in conditions.items()}
