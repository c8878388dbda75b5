"""Whether the tests can be made of their data, be read by a model, and mean to it what it was trained for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from nnunet_spine.dataset_conversion.nnunet_raw import FILE_ENDING
from nnunet_spine.evaluation.gradings import read_gradings
from nnunet_spine.experiments.checks.known import Known
from nnunet_spine.experiments.problems import Problem, dotted, expected_one_of
from nnunet_spine.experiments.schema import Arm, Experiment, SyntheticData, Test
from nnunet_spine.plumbing.wording import listed


def test_problems(experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    """Tests without cases or with the same ones, unreadable gradings, and other classes or images than a model's own.

    Args:
        experiment: in which all names are there.
        known: data sets by their keys; what needs others is left out.
    """
    for key, test in experiment.tests.items():
        yield from _gradings(dotted("tests", key, "gradings"), test)
        yield from _conditions(dotted("tests", key, "conditions"), test, experiment, known)
        if test.dataset in known:
            yield from _sequences(dotted("tests", key, "sequences"), test, known[test.dataset])
    for name, arm in experiment.arms.items():
        yield from _twice(name, arm, experiment, known)
        yield from _classes(name, arm, experiment, known)
        yield from _kinds(name, arm, experiment, known)
        yield from _carried_over(name, arm, experiment, known)


def _gradings(where: str, test: Test) -> Iterator[Problem]:
    if test.gradings is None:
        return
    if not test.gradings.is_file():
        yield Problem(where, f"expected SPIDER's radiological_gradings.csv, there is no file {test.gradings}")
        return
    try:
        read_gradings(test.gradings)
    except (ValueError, OSError) as error:
        yield Problem(where, str(error))


def _conditions(where: str, test: Test, experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    if isinstance(experiment.datasets[test.dataset], SyntheticData):
        if test.conditions:
            yield Problem(where, "expected none for synthetic images, which are a condition themselves")
        return
    data, wanted = known.get(test.dataset), experiment.conditions if test.conditions is None else test.conditions
    if wanted and data is not None and data.ending != FILE_ENDING:
        yield Problem(where, f"expected none: only {FILE_ENDING} is degraded, {test.dataset} has {data.ending}")


def _sequences(where: str, test: Test, data: Known) -> Iterator[Problem]:
    for sequence in test.sequences:
        if sequence not in data.sequences:
            yield Problem(where, f"none of {test.dataset} is of it, {expected_one_of(data.sequences, sequence)}")


def _twice(name: str, arm: Arm, experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    """Results of a case must be those of one test: a report counts it once. Synthetic images are other ones."""
    own = known.get(arm.dataset)
    keys = [key for key in arm.tests or experiment.tests if key in experiment.tests]
    data = {key: known.get(experiment.tests[key].dataset) for key in keys}
    # Tests with other classes are told of as such.
    sound = [key for key in keys if own is not None and data[key] is not None and own.same_classes(data[key])]
    for one, other in combinations(sound, 2):
        first, second = experiment.tests[one], experiment.tests[other]
        synthetic = {isinstance(experiment.datasets[test.dataset], SyntheticData) for test in (first, second)}
        if len(synthetic) > 1 or not set(first.slices) & set(second.slices):
            continue
        shared = {case.name for case in data[one].cases(first.sequences)}
        shared &= {case.name for case in data[other].cases(second.sequences)}
        if shared:
            what = f"expected tests without a case in common, {one} and {other} have {listed(sorted(shared))}"
            yield Problem(dotted("arms", name, "tests"), f"{what}: name one of them, or make two experiments")


def _classes(name: str, arm: Arm, experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    """References of another scheme would be compared with numbers that mean something else."""
    own = known.get(arm.dataset)
    for key in arm.tests or experiment.tests:
        test = experiment.tests.get(key)
        other = None if test is None else known.get(test.dataset)
        if own is not None and other is not None and not own.same_classes(other):
            what = (
                f"expected tests with the classes of {arm.dataset}, {key} has those of {test.dataset}: name its tests"
            )
            yield Problem(dotted("arms", name, "tests"), what)


def _kinds(name: str, arm: Arm, experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    """A model cannot predict images of other channels, nor find files of another ending."""
    trained_on = [arm.dataset]
    if 0 in arm.patients and arm.after is not None:
        trained_on.append(experiment.arms[arm.after].dataset)  # tested as it is
    for key in arm.tests or experiment.tests:
        test = experiment.tests.get(key)
        other = None if test is None else known.get(test.dataset)
        odd = [one for one in trained_on if one in known and other is not None and known[one].kind != other.kind]
        for one in odd[:1]:
            what = f"expected tests with {known[one].kind}, as {one} has; {key} has {other.kind}: name its tests"
            yield Problem(dotted("arms", name, "tests"), what)


def _carried_over(name: str, arm: Arm, experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    """Images of a model that is trained on must be the model's; its classes if it is averaged, or tested as it is."""
    before = None if arm.after is None else experiment.arms[arm.after].dataset
    if before not in known or arm.dataset not in known:
        return
    own, others = known[arm.dataset], known[before]
    if own.channels != others.channels:
        what = f"expected as many channels as {before} has, {others.channels}, got {own.channels}"
        yield Problem(dotted("arms", name, "dataset"), what)
    needing = {"average": arm.average is not None, "patients": 0 in arm.patients}
    for field, needs in needing.items():
        if needs and not own.same_classes(others):
            yield Problem(dotted("arms", name, field), f"expected the classes of {before}, {arm.dataset} has others")
