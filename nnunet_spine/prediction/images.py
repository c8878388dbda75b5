"""The images that a user names: each once, under a name of its own, and never where answers go."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nnunet_spine.dataset_conversion.inputs import Found, Source, find_sources, in_order
from nnunet_spine.dataset_conversion.nnunet_raw import FILE_ENDING
from nnunet_spine.dataset_conversion.problems import Problem
from nnunet_spine.plumbing.wording import counted
from nnunet_spine.prediction.records import read_records
from nnunet_spine.prediction.target import Target, records_in


def find_images(paths: Sequence[Path], target: Target) -> Found:
    """All images of files and folders; one that is given twice counts once, and answers in the folders do not.

    Args:
        paths: of the files and folders.
        target: where their answers go.

    Raises:
        ValueError: if a folder of images is that of the answers, or one file is asked for as the answer of several.
    """

    def command(folder: Path) -> str:
        return shlex.join(["nnunet-spine", "predict", str(folder), "-o", str(target.folder)])

    _require_apart(paths, target)
    sources: dict[frozenset[Path], Source] = {}
    problems: list[Problem] = []
    passed_over: list[str] = []
    for path in paths:
        answers, told = _answers_in(path)
        passed_over += told
        try:
            found = find_sources(path, target.folder.resolve(), command, answers)
        except ValueError as error:
            problems.append(Problem(str(path), str(error).removeprefix(f"{path}: ")))
            continue
        if len(paths) > 1:
            found = _with_place(found, path if path.is_dir() else path.parent)
        for one in found.sources:
            sources.setdefault(frozenset(file.resolve() for file in one.files), one)
        problems += found.problems
        passed_over += found.passed_over
    if target.file is not None and len(sources) > 1:
        raise ValueError(f"{target}: expected a folder for the answers of {len(sources)} images, got a file")
    return Found(in_order(list(sources.values())), tuple(problems), tuple(dict.fromkeys(passed_over)))


def _require_apart(paths: Sequence[Path], target: Target) -> None:
    for path in paths:
        if path.is_dir() and target.folder.is_dir() and path.samefile(target.folder):
            raise ValueError(
                f"{target}: the answers cannot go into a folder whose images are asked for, because next time they "
                "would be taken for images: give another folder"
            )


def _answers_in(folder: Path) -> tuple[set[Path], list[str]]:
    """The answers of earlier predictions in a folder of images, and what is to be told of them."""
    answers: set[Path] = set()
    told: list[str] = []
    for file in records_in(folder):
        try:
            records = read_records(file)
        except ValueError as error:  # anyone may call a file so
            told.append(str(error))
            continue
        written = {folder / name for record in records.values() for name in record["written"]}
        answers |= {path for path in written if path.name.endswith(FILE_ENDING) and path.is_file()}
    if answers:
        told.append(
            f"{counted(len(answers), 'answer')} of nnunet-spine predict in {folder}, such as {min(answers).name}"
        )
    return answers, told


def _with_place(found: Found, folder: Path) -> Found:
    """With labels by which images of several folders can be told apart."""
    return replace(
        found,
        sources=tuple(replace(one, label=str(folder / one.label)) for one in found.sources),
        problems=tuple(replace(one, where=str(folder / one.where)) for one in found.problems),
    )
