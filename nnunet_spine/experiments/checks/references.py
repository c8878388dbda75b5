"""Whether everything that an experiment names is there and said, and nothing comes after itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from nnunet_spine.experiments.patients import patients_of_another
from nnunet_spine.experiments.problems import Problem, dotted, expected_one_of
from nnunet_spine.experiments.schema import NOBODY, Arm, Experiment, SyntheticData
from nnunet_spine.training.suffixes import is_length

Before = Callable[[str], str | None]
"""Key of what comes before that of a key, None where nothing does."""


def reference_problems(experiment: Experiment) -> Iterator[Problem]:
    """Names that nothing has, and circles."""
    yield from _datasets(experiment)
    for key, test in experiment.tests.items():
        yield from _unknown(("tests", key, "dataset"), test.dataset, experiment.datasets)
    for key, arm in experiment.arms.items():
        for field, name, known in _named(arm, experiment):
            yield from _unknown(("arms", key, field), name, known)
        if _lacks_trainer(arm):
            what = "expected a value, it is missing; only an arm with `after` has a default"
            yield Problem(dotted("arms", key, "trainer"), what)
    if experiment.baseline is not None:
        yield from _unknown(("baseline",), experiment.baseline, experiment.arms)
        yield from _several_baselines(experiment)
    for key, what in _circles(experiment.arms, _before(experiment)):
        yield Problem(dotted("arms", key, "after"), what)


def _several_baselines(experiment: Experiment) -> Iterator[Problem]:
    """A report has trainings on different numbers of patients as arms of their own."""
    arm = experiment.arms.get(experiment.baseline)
    if arm and len(arm.patients) > 1:
        numbers = ", ".join(map(str, arm.patients))
        yield Problem("baseline", f"expected an arm of one number of patients, {experiment.baseline!r} has {numbers}")


def _datasets(experiment: Experiment) -> Iterator[Problem]:
    for key, data in experiment.datasets.items():
        if key == NOBODY:
            yield Problem(dotted("datasets", key), f"expected another key, {NOBODY} is a word of same_patients_as")
        if isinstance(data, SyntheticData):
            yield from _unknown(("datasets", key, "synthetic_of"), data.synthetic_of, experiment.datasets)
        elif data.same_patients_as is not None:
            known = (*experiment.datasets, NOBODY)
            yield from _unknown(("datasets", key, "same_patients_as"), data.same_patients_as, known)
    for key, what in _circles(experiment.datasets, _source(experiment)):
        field = "synthetic_of" if isinstance(experiment.datasets[key], SyntheticData) else "same_patients_as"
        yield Problem(dotted("datasets", key, field), what)


def sound_part(experiment: Experiment) -> Experiment:
    """The experiment without what has such problems, or is made of it, for checks that follow names.

    A budget that is none is left out too, or it would make wrong names of all trainers.
    """
    datasets = {
        key: data for key, data in experiment.datasets.items() if _ends(key, experiment.datasets, _source(experiment))
    }
    tests = {key: test for key, test in experiment.tests.items() if test.dataset in datasets}
    budget = experiment.budget if is_length(experiment.budget or "") else None
    part = experiment.model_copy(update={"datasets": datasets, "tests": tests, "budget": budget})
    # Tests that were left out above are no fault of the arms that name them.
    named = part.model_copy(update={"tests": experiment.tests})
    whole = {key: arm for key, arm in part.arms.items() if _is_whole(arm, named)}
    arms = {key: arm for key, arm in whole.items() if _ends(key, whole, _before(experiment))}
    return part.model_copy(update={"arms": arms})


def _is_whole(arm: Arm, experiment: Experiment) -> bool:
    return not _lacks_trainer(arm) and all(name in known for _, name, known in _named(arm, experiment))


def _lacks_trainer(arm: Arm) -> bool:
    return arm.trainer is None and arm.after is None


def _named(arm: Arm, experiment: Experiment) -> Iterator[tuple[str, str, Collection[str]]]:
    """Field, name and what there is, for every name in an arm."""
    yield "dataset", arm.dataset, experiment.datasets
    if arm.plans is not None:
        yield "plans", arm.plans, experiment.plans
    if arm.after is not None:
        yield "after", arm.after, experiment.arms
    for test in arm.tests or ():
        yield "tests", test, experiment.tests


def _unknown(place: tuple[str, ...], name: str, known: Collection[str]) -> Iterator[Problem]:
    if name not in known:
        yield Problem(dotted(*place), expected_one_of(known, name))


def _circles(entries: Mapping[str, object], before: Before) -> Iterator[tuple[str, str]]:
    """Keys that come after themselves, and what is wrong with that."""
    for key in entries:
        way = _way(key, entries, before)
        if before(way[-1]) == key:
            yield key, f"goes in a circle: {' -> '.join([*way, key])}"


def _ends(key: str, entries: Mapping[str, object], before: Before) -> bool:
    """Whether what comes before something, and before that, is all there and comes to an end."""
    way = _way(key, entries, before)
    return key in entries and before(way[-1]) is None


def _way(key: str, entries: Mapping[str, object], before: Before) -> list[str]:
    """A key and those before it, as far as they are there and none comes again."""
    way = [key]
    while (earlier := before(way[-1])) in entries and earlier not in way:
        way.append(earlier)
    return way


def _source(experiment: Experiment) -> Before:
    """A data set comes after that of its label maps, or of its patients."""
    return lambda key: patients_of_another(experiment.datasets[key])


def _before(experiment: Experiment) -> Before:
    return lambda key: experiment.arms[key].after
