"""Whether the folds are there, with as many patients as are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnunet_spine.dataset_conversion.splits import SPLITS
from nnunet_spine.evaluation.origin import real_patients_of
from nnunet_spine.experiments.checks.known import Known
from nnunet_spine.experiments.problems import Problem, dotted
from nnunet_spine.experiments.schema import Arm, Experiment
from nnunet_spine.plumbing.wording import listed


def fold_problems(experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    """Folds that a data set has not or that are not by patient, and arms that need more patients than a fold has.

    Args:
        experiment: in which all names are there.
        known: data sets by their keys; arms of others are left out.
    """
    trained_on = dict.fromkeys(arm.dataset for arm in experiment.arms.values() if arm.dataset in known)
    for key in trained_on:
        yield from _folds(experiment.folds, key, known[key])
        yield from _by_patient(experiment.folds, key, known[key])
    for name, arm in experiment.arms.items():
        data = known.get(arm.dataset)
        folds = [fold for fold in experiment.folds if data is not None and fold < data.folds]
        if folds:
            yield from _patients(name, arm, {fold: len(data.patients(fold)) for fold in folds})


def _folds(folds: tuple[int, ...], key: str, data: Known) -> Iterator[Problem]:
    if not data.splits:
        patients = len({case.patient for case in data.training})
        what = f"expected training cases of 2 patients or more to make folds of, got {patients}"
        yield Problem(dotted("datasets", key), what)
        return
    for fold in folds:
        if fold >= data.folds:
            yield Problem("folds", f"expected 0 to {data.folds - 1}, which {key} has, got {fold}")


def _by_patient(folds: tuple[int, ...], key: str, data: Known) -> Iterator[Problem]:
    """nnU-Net makes folds by names of cases: a patient with several images is then trained on and validated on."""
    for fold in folds:
        both = sorted(data.patients(fold) & data.patients(fold, "val")) if fold < data.folds else []
        if both:
            what = (
                f"expected a {SPLITS} by patient, fold {fold} has some on both sides: {listed(both)}; "
                "without the file folds are made by patient"
            )
            yield Problem(dotted("datasets", key), what)
            return


def _patients(name: str, arm: Arm, there: Mapping[int, int]) -> Iterator[Problem]:
    by_name = real_patients_of(arm.trainer)
    asked = {"patients": max(arm.patients, default=0), "trainer": by_name or 0}
    fold, fewest = min(there.items(), key=lambda item: item[1])
    for field, number in asked.items():
        if number > fewest:
            what = f"expected {fewest} patients at most, which fold {fold} of {arm.dataset} is trained on, got {number}"
            yield Problem(dotted("arms", name, field), what)
