"""The images that a user names: each once, under a name of its own, and never where answers go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nnunet_spine.dataset_conversion.inputs import Found, Source, find_sources, in_order
from nnunet_spine.dataset_conversion.problems import Problem
from nnunet_spine.prediction.target import Target


def find_images(paths: Sequence[Path], target: Target) -> Found:
    """All images of files and folders; one that is given twice counts once.

    Args:
        paths: of the files and folders.
        target: where their answers go.

    Raises:
        ValueError: if a folder of images is that of the answers, or one file is asked for as the answer of several.
    """
    _require_apart(paths, target)
    sources: dict[frozenset[Path], Source] = {}
    problems: list[Problem] = []
    passed_over: list[str] = []
    for path in paths:
        try:
            found = find_sources(path, except_for=target.folder.resolve())
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


def _with_place(found: Found, folder: Path) -> Found:
    """With labels by which images of several folders can be told apart."""
    return replace(
        found,
        sources=tuple(replace(one, label=str(folder / one.label)) for one in found.sources),
        problems=tuple(replace(one, where=str(folder / one.where)) for one in found.problems),
    )
