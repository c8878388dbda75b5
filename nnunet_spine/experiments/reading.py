"""Reading an experiment file: what it says itself, what it extends, variables and paths, and whether it may be said."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nnunet_spine.experiments.expansion import expand
from nnunet_spine.experiments.inheritance import Said, read_with_extended
from nnunet_spine.experiments.problems import Problem, dotted, raise_if_any
from nnunet_spine.experiments.schema import Experiment
from nnunet_spine.experiments.schema_problems import schema_problems

_ANY = None
_PATHS = {
    ("datasets", _ANY, "spider"): "SPIDER's folder, with images/, masks/ and overview.csv",
    ("datasets", _ANY, "raw"): "id, name or folder of a raw data set",
    ("tests", _ANY, "gradings"): "the path of SPIDER's radiological_gradings.csv",
}
"""What is said where paths stand."""

_FREE_TEXT = (("question",), ("requires",))
"""For readers: what looks like a variable is none."""

Place = tuple[str | int, ...]


def read_experiment(path: Path) -> Experiment:
    """Read an experiment file; nothing that it names is looked for (see `check_experiment`).

    Another file that it `extends` is read first; its mappings are changed key by key, other values are replaced, and
    null removes one. `$NAME` and `${NAME}` are variables of the environment, but in free text. Paths are relative to
    the file that says them; they come back absolute.

    Args:
        path: a YAML file.

    Returns:
        The experiment.

    Raises:
        ValueError: with a line for each problem: its dotted key, what was expected and what came.
    """
    problems: list[Problem] = []
    content = _expanded(read_with_extended(path), (), problems)
    experiment = None
    try:
        experiment = Experiment.model_validate(content)
    except ValidationError as error:
        unset = {problem.where for problem in problems}
        problems += [problem for problem in schema_problems(error, content) if problem.where not in unset]
    raise_if_any(str(path), problems)
    return experiment


def _expanded(value: Any, place: Place, problems: list[Problem]) -> Any:
    """Plain values, the variables in their texts replaced; those that are not set are added to the problems."""
    if isinstance(value, Mapping):
        return {key: _expanded(entry, (*place, key), problems) for key, entry in value.items()}
    if isinstance(value, list):
        return [_expanded(entry, (*place, index), problems) for index, entry in enumerate(value)]
    if not isinstance(value, Said):
        return value
    if place in _FREE_TEXT:
        return str(value)
    meaning = next((what for path, what in _PATHS.items() if _fits(place, path)), "")
    try:
        text = expand(value, meaning)
    except ValueError as error:
        problems.append(Problem(dotted(*place), str(error)))
        return str(value)
    return _absolute(text, place, value.folder) if meaning else text


def _absolute(text: str, place: Place, folder: Path) -> str:
    # Without a / it is the id or the name of a data set in nnUNet_raw.
    if place[-1] == "raw" and "/" not in text and os.sep not in text:
        return text
    return os.path.normpath(folder / Path(text).expanduser())


def _fits(place: Place, path: tuple[str | None, ...]) -> bool:
    return len(place) == len(path) and all(key in (_ANY, said) for said, key in zip(place, path, strict=True))
