"""Whether the folds are there, with as many patients as are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnunet_spine.evaluation.origin import real_patients_of
from nnunet_spine.experiments.checks.known import Known
from nnunet_spine.experiments.problems import Problem, dotted
from nnunet_spine.experiments.schema import Arm, Experiment


def fold_problems(experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    """Folds that a data set has not, and arms that need more patients than one of their folds has.

    Args:
        experiment: in which all names are there.
        known: data sets by their keys; arms of others are left out.
    """
    trained_on = dict.fromkeys(arm.dataset for arm in experiment.arms.values() if arm.dataset in known)
    for key in trained_on:
        yield from _folds(experiment.folds, key, known[key])
    for name, arm in experiment.arms.items():
        data = known.get(arm.dataset)
        folds = [fold for fold in experiment.folds if data is not None and fold < data.folds]
        if folds:
            yield from _patients(name, arm, {fold: data.training_patients(fold) for fold in folds})


def _folds(folds: tuple[int, ...], key: str, data: Known) -> Iterator[Problem]:
    if not data.splits:
        patients = len({case.patient for case in data.training})
        what = f"expected training cases of 2 patients or more to make folds of, got {patients}"
        yield Problem(dotted("datasets", key), what)
        return
    for fold in folds:
        if fold >= data.folds:
            yield Problem("folds", f"expected 0 to {data.folds - 1}, which {key} has, got {fold}")


def _patients(name: str, arm: Arm, there: Mapping[int, int]) -> Iterator[Problem]:
    by_name = real_patients_of(arm.trainer)
    asked = {"patients": max(arm.patients, default=0), "trainer": by_name or 0}
    fold, fewest = min(there.items(), key=lambda item: item[1])
    for field, number in asked.items():
        if number > fewest:
            what = f"expected {fewest} patients at most, which fold {fold} of {arm.dataset} is trained on, got {number}"
            yield Problem(dotted("arms", name, field), what)
