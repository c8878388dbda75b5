"""Whether it is said who patients are that data sets from two places have the same names for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnunet_spine.experiments.checks.known import Known
from nnunet_spine.experiments.checks.unseen import all_tested
from nnunet_spine.experiments.patients import origin_of_patients, whose_patients
from nnunet_spine.experiments.problems import Problem, dotted
from nnunet_spine.experiments.schema import NOBODY, Experiment
from nnunet_spine.plumbing.wording import listed


def patient_problems(experiment: Experiment, known: Mapping[str, Known]) -> Iterator[Problem]:
    """Patients of a test with names that a model is trained on, of whom nobody says whether they are the same.

    Args:
        experiment: in which all names are there.
        known: data sets by their keys; what needs others is left out.
    """
    asked: set[tuple[str, str]] = set()
    for one in all_tested(experiment, known):
        test = experiment.tests[one.test]
        tested = {case.patient for case in known[test.dataset].cases(test.sequences)}
        own = origin_of_patients(experiment.datasets, test.dataset)
        for key in one.trained_on:
            other = origin_of_patients(experiment.datasets, key)
            shared = sorted(tested & {case.patient for case in known[key].training})
            if not shared or (own, other) in asked or _is_said(experiment, own, other):
                continue
            asked.add((own, other))
            what = (
                f"expected {other} or {NOBODY}, it is missing: test {one.test} has patients of the same names as "
                f"{key}, which {one.arm} is trained on ({listed(shared)}); are they the same?"
            )
            yield Problem(dotted("datasets", own, "same_patients_as"), what)


def _is_said(experiment: Experiment, own: str, other: str) -> bool:
    datasets = experiment.datasets
    if NOBODY in (datasets[own].same_patients_as, datasets[other].same_patients_as):
        return True
    return whose_patients(datasets, own) == whose_patients(datasets, other)
