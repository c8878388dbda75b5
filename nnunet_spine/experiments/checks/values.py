"""Values of an experiment that can be told right from wrong by themselves."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from nnunet_spine.dataset_conversion.nnunet_raw import dataset_name
from nnunet_spine.degradation.conditions import CONDITIONS, require_level
from nnunet_spine.evaluation.slices import Slices
from nnunet_spine.experiments.nodes import KINDS
from nnunet_spine.experiments.problems import Problem, dotted, expected_one_of, shown
from nnunet_spine.experiments.schema import Experiment, RawData
from nnunet_spine.experiments.workspace import SHARED
from nnunet_spine.training.suffixes import is_length


def value_problems(experiment: Experiment) -> Iterator[Problem]:
    """Values that do not exist, that come twice, or that other tools would trip over."""
    if experiment.name in SHARED:
        yield Problem("name", f"expected another name than {experiment.name}, a folder of every workspace")
    if experiment.budget is not None and not is_length(experiment.budget):
        yield Problem("budget", f"expected a length such as 100epochs or 20x50iter, got {shown(experiment.budget)}")
    for kind in experiment.resources:
        if kind not in KINDS:
            yield Problem(dotted("resources", kind), f"unknown, {expected_one_of(KINDS, kind)}")
    yield from _datasets(experiment)
    for key in experiment.plans:
        if "__" in key:
            yield Problem(
                dotted("plans", key), "expected a name without __, which separates names in nnU-Net's folders"
            )
    yield from _conditions("conditions", experiment.conditions)
    for key, test in experiment.tests.items():
        yield from _conditions(dotted("tests", key, "conditions"), test.conditions or {})
        yield from _slices(dotted("tests", key, "slices"), test.slices)
    yield from _repetitions(experiment)


def _datasets(experiment: Experiment) -> Iterator[Problem]:
    for key, data in experiment.datasets.items():
        if isinstance(data, RawData) or data.name is None:
            continue
        try:
            dataset_name(data.id, data.name)
        except ValueError as error:
            yield Problem(dotted("datasets", key, "name"), str(error))


def _conditions(where: str, conditions: Mapping[str, Sequence[float]]) -> Iterator[Problem]:
    for name, levels in conditions.items():
        place = dotted(where, name)
        if name not in CONDITIONS:
            yield Problem(place, f"unknown, {expected_one_of(CONDITIONS, name)}")
            continue
        yield from _twice(place, levels)
        for level in levels:
            try:
                require_level(CONDITIONS[name], level)
            except ValueError as error:
                yield Problem(place, str(error))


def _slices(where: str, slices: Sequence[str]) -> Iterator[Problem]:
    yield from _some(where, slices)
    for text in slices:
        try:
            Slices.parse(text)
        except ValueError as error:
            yield Problem(where, str(error))


def _repetitions(experiment: Experiment) -> Iterator[Problem]:
    """Lists that are empty, or name something twice, which would be made or counted twice."""
    for where in ("folds", "seeds"):
        yield from _some(where, getattr(experiment, where))
    for key, arm in experiment.arms.items():
        yield from _twice(dotted("arms", key, "patients"), arm.patients)
        if arm.tests is not None:
            yield from _some(dotted("arms", key, "tests"), arm.tests)
    for section in ("datasets", "tests"):
        for key, entry in getattr(experiment, section).items():
            yield from _twice(dotted(section, key, "sequences"), getattr(entry, "sequences", ()))


def _some(where: str, values: Sequence[Hashable]) -> Iterator[Problem]:
    if not values:
        yield Problem(where, "expected at least one, got none")
    yield from _twice(where, values)


def _twice(where: str, values: Sequence[Hashable]) -> Iterator[Problem]:
    repeated = [value for value in dict.fromkeys(values) if values.count(value) > 1]
    if repeated:
        yield Problem(where, f"expected each once, got {', '.join(map(str, repeated))} more than once")
