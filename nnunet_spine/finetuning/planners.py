"""nnU-Net's planners by their names."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import nnunetv2.experiment_planning
from nnunetv2.experiment_planning.experiment_planners.default_experiment_planner import ExperimentPlanner
from nnunetv2.utilities.find_class_by_name import recursive_find_python_class


def find_planner(name: str) -> type[ExperimentPlanner]:
    """The class of a planner, by nnU-Net's own search.

    Raises:
        ValueError: if there is none; with the nearest name.
    """
    package = nnunetv2.experiment_planning
    found = recursive_find_python_class(package.__path__[0], name, package.__name__)
    if isinstance(found, type) and issubclass(found, ExperimentPlanner):
        return found
    # The search for a name that is nowhere has imported them all.
    near = difflib.get_close_matches(name, {one.__name__ for one in _all(ExperimentPlanner)}, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise ValueError(f"planner {name}: nnU-Net finds none of this name{hint}")


def _all(planner: type) -> Iterator[type]:
    yield planner
    for one in planner.__subclasses__():
        yield from _all(one)
