"""Whom each model is tested on: patients that none of its trainings saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nnunet_spine.dataset_conversion.splits import SplitCase
from nnunet_spine.experiments.checks.datasets import known_datasets
from nnunet_spine.experiments.checks.known import Known
from nnunet_spine.experiments.patients import origin_of_patients, whose_patients
from nnunet_spine.experiments.problems import Problem, dotted
from nnunet_spine.experiments.schema import Experiment


@dataclass(frozen=True)
class Tested:
    """A test of an arm.

    Attributes:
        arm: its name.
        test: its key.
        trained_on: keys of the data sets that the weights come from.
        unseen: the cases of each fold whose patients the model was not trained on.
    """

    arm: str
    test: str
    trained_on: tuple[str, ...]
    unseen: Mapping[int, tuple[SplitCase, ...]]


def unseen_patients(experiment: Experiment) -> dict[tuple[str, str], dict[int, int]]:
    """How many patients every model is tested on.

    Args:
        experiment: that `check_experiment` has nothing against.

    Returns:
        Numbers by fold, by names of arms and keys of their tests.
    """
    known, _ = known_datasets(experiment)
    return {
        (one.arm, one.test): {fold: len({case.patient for case in cases}) for fold, cases in one.unseen.items()}
        for one in all_tested(experiment, known)
    }


def unseen_problems(experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    """Tests without a patient whom a model has not seen.

    Args:
        experiment: in which all names are there.
        known: data sets by their keys; what needs others is left out.
    """
    for one in all_tested(experiment, known):
        empty = ", ".join(str(fold) for fold, cases in one.unseen.items() if not cases)
        if empty:
            what = f"nothing to test on, {one.test} has no patient whom fold {empty} is not trained on"
            yield Problem(dotted("arms", one.arm, "tests"), what)


def all_tested(experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Tested]:
    """Every test of every arm.

    Args:
        experiment: in which all names are there.
        known: data sets by their keys; what needs others, or folds that there are not, is left out.
    """
    whose = {key: _whose(experiment, known, key) for key in known}
    for name, arm in experiment.arms.items():
        trained_on = _trained_on(experiment, name)
        for key in arm.tests or experiment.tests:
            test = experiment.tests.get(key)
            if test is None or None in (whose.get(one) for one in (test.dataset, *trained_on)):
                continue
            folds = [fold for fold in experiment.folds if all(fold < known[one].folds for one in trained_on)]
            cases = known[test.dataset].cases(test.sequences)
            same = [known[one] for one in trained_on if whose[one] == whose[test.dataset]]
            yield Tested(name, key, trained_on, {fold: _unseen(cases, same, fold) for fold in folds})


def _whose(experiment: Experiment, known: Mapping[str, Known], key: str) -> str | None:
    return whose_patients(experiment.datasets, key) if origin_of_patients(experiment.datasets, key) in known else None


def _trained_on(experiment: Experiment, name: str) -> tuple[str, ...]:
    arm = experiment.arms[name]
    before = () if arm.after is None else _trained_on(experiment, arm.after)
    # 0 patients alone: the earlier arm as it is.
    return before if before and arm.patients == (0,) else tuple(dict.fromkeys((*before, arm.dataset)))


def _unseen(cases: tuple[SplitCase, ...], trained_on: list[Known], fold: int) -> tuple[SplitCase, ...]:
    seen: set[str] = set().union(*(data.patients(fold) for data in trained_on))
    return tuple(case for case in cases if case.patient not in seen)
