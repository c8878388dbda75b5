"""What there is to evaluate, by names and headers: files of every case, and all that is wrong with them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnunet_spine.dataset_conversion.problems import Problem, natural_key
from nnunet_spine.dataset_conversion.reading import SUFFIXES, read_grid, suffix_of
from nnunet_spine.dataset_conversion.splits import SPLITS
from nnunet_spine.dataset_conversion.volume import Grid, canonical_grid, grid_difference
from nnunet_spine.evaluation.description import find_description
from nnunet_spine.evaluation.pairing import Pairing, pairing
from nnunet_spine.evaluation.structures import Labels, structures_of
from nnunet_spine.plumbing.wording import listed

log = logging.getLogger(__name__)

REFERENCE, PREDICTION, IMAGE = "reference", "prediction", "image"
"""What the files of a case are."""

_GIVEN = ("reference", "prediction", "images")
_CHANNEL = "_0000"


@dataclass(frozen=True)
class Folders:
    """Where everything lies.

    Attributes:
        reference: folder of the references, CASE with the ending of the data set.
        prediction: folder of the predictions, the same.
        images: folder of nnU-Net's inputs, CASE_0000 with the ending of the data set; only the first channel is read.
        dataset_json: None to look for it.
        noted_images: what nnU-Net noted of the images; taken where none are given, if it has that of every case.
    """

    reference: Path
    prediction: Path
    images: Path | None = None
    dataset_json: Path | None = None
    noted_images: Path | None = None


@dataclass(frozen=True)
class CaseFiles:
    """The files of a case by what they are: `REFERENCE`, `PREDICTION`, and `IMAGE` where there are images."""

    name: str
    paths: Mapping[str, Path]


@dataclass(frozen=True)
class Survey:
    """What was found.

    Attributes:
        labels: of dataset.json.
        cases: that have all their files, in natural order.
        images: folder of their images; None where there is none.
        left_out: references without prediction that were left out on demand.
        problems: all of them.
    """

    labels: Labels = field(default_factory=dict)
    cases: tuple[CaseFiles, ...] = ()
    images: Path | None = None
    left_out: int = 0
    problems: tuple[Problem, ...] = ()


def survey(folders: Folders, chill: bool = False) -> Survey:
    """Look through the folders.

    In `fold_X/validation` of a model, with splits_final.json beside the references' folder as nnU-Net keeps it, the
    cases of that fold's validation part are expected and no others, which were trained on; everywhere else all that
    there are references of.

    Args:
        folders: where to look.
        chill: leave out references that have no prediction.
    """
    unusable = [
        Problem(f"--{name}", f"{folder}: expected a folder that is there")
        for name, folder in vars(folders).items()
        if name in _GIVEN and folder is not None and not folder.is_dir()
    ]
    if not unusable and folders.reference.resolve() == folders.prediction.resolve():
        unusable.append(
            Problem("--prediction", f"{folders.prediction}: expected another folder than that of --reference")
        )
    try:
        description = find_description(folders.prediction, folders.reference, folders.dataset_json)
        _check(description)
    except (ValueError, OSError) as error:
        return Survey(problems=(*unusable, *_empty(folders), Problem("labels", str(error))))
    if unusable:
        return Survey(description["labels"], problems=tuple(unusable))
    return _paired(folders, description, chill)


def _empty(folders: Folders) -> Iterator[Problem]:
    """Folders without any image, whatever its ending should be; those that are not there are told elsewhere."""
    for name, folder in (("--reference", folders.reference), ("--prediction", folders.prediction)):
        if folder.is_dir() and not any(map(suffix_of, _files(folder))):
            yield Problem(name, f"{folder}: expected label maps, found none")


def _check(description: Mapping[str, Any]) -> None:
    structures_of(description["labels"])
    if description["file_ending"] not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise ValueError(f"file_ending: expected one of {known}, got {description['file_ending']!r}")


def _paired(folders: Folders, description: Mapping[str, Any], chill: bool) -> Survey:
    ending, sides = description["file_ending"], (folders.reference, folders.prediction)
    paired = pairing(*sides, *(_names(folder, ending) for folder in sides))
    names = sorted(paired.pairs, key=natural_key)
    images, image_problems = _find_images(folders, [f"{name}{_CHANNEL}{ending}" for name in names])
    cases = [_files_of(name, folders, images, ending) for name in names]
    problems = [
        *_problems_of(folders, ending),
        *_unpaired(paired, chill, ending),
        *image_problems,
        *(problem for case in cases for problem in _header_problems(case)),
    ]
    left_out = len(paired.without_prediction) if chill else 0
    return Survey(description["labels"], tuple(cases), images, left_out, tuple(problems))


def _problems_of(folders: Folders, ending: str) -> Iterator[Problem]:
    """What is wrong with each folder on its own."""
    for role, folder in ((REFERENCE, folders.reference), (PREDICTION, folders.prediction)):
        if not _names(folder, ending):
            yield Problem(role, f"{folder}: expected files CASE{ending}, found none")
        odd = [path.name for path in _files(folder) if suffix_of(path) and not path.name.endswith(ending)]
        if odd:
            yield Problem(role, f"expected images that end in {ending}, got {_some(odd)}")


def _unpaired(paired: Pairing, chill: bool, ending: str) -> Iterator[Problem]:
    """Cases that lack a side, or do not belong there."""
    part = f"the validation part of fold {paired.fold} ({SPLITS})"
    if paired.without_prediction and not chill:
        advice = "--chill leaves references without prediction out"
        if paired.fold is not None and paired.part is None:
            advice = f"give as references gt_segmentations of nnUNet_preprocessed, beside {SPLITS}"
        yield Problem(PREDICTION, f"no {_some(paired.without_prediction, ending)}; {advice}")
    if paired.references and paired.without_reference:
        reason = "of which there are predictions" if paired.part is None else f"of {part}"
        yield Problem(REFERENCE, f"no {_some(paired.without_reference, ending)}, {reason}")
    if paired.foreign:
        yield Problem(PREDICTION, f"{_some(paired.foreign, ending)}: not in {part}")


def _find_images(folders: Folders, names: Sequence[str]) -> tuple[Path | None, list[Problem]]:
    """The folder of the images, and what is missing there."""
    if folders.images is None:
        return _noted(folders.noted_images, names), []
    missing = _absent(folders.images, names)
    return folders.images, [Problem(IMAGE, f"no {_some(missing)}")] if missing else []


def _noted(folder: Path | None, names: Sequence[str]) -> Path | None:
    """The folder that nnU-Net noted, if it is certain that it is the one; else it is told why it is not used."""
    if folder is None:
        return None
    if not folder.is_absolute():
        reason = "is relative to the folder that nnUNetv2_predict was started in"
    elif not folder.is_dir():
        reason = "is not there"
    elif missing := _absent(folder, names):
        reason = f"has no {_some(missing)}"
    else:
        return folder
    log.warning("images not used: %s, which nnUNetv2_predict noted, %s; give them by --images DIR", folder, reason)
    return None


def _absent(folder: Path, names: Sequence[str]) -> list[str]:
    return [name for name in names if not (folder / name).is_file()]


def _files_of(name: str, folders: Folders, images: Path | None, ending: str) -> CaseFiles:
    paths = {REFERENCE: folders.reference / f"{name}{ending}", PREDICTION: folders.prediction / f"{name}{ending}"}
    image = images / f"{name}{_CHANNEL}{ending}" if images else None
    return CaseFiles(name, paths | ({IMAGE: image} if image and image.is_file() else {}))


def _names(folder: Path, ending: str) -> set[str]:
    return {path.name[: -len(ending)] for path in _files(folder) if path.name.endswith(ending)}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith("."))


def _header_problems(case: CaseFiles) -> list[Problem]:
    grids, problems = {}, []
    for role, path in case.paths.items():
        try:
            grids[role] = read_grid(path)
        except (ValueError, OSError) as error:
            problems.append(Problem(f"{role} {path.name}", str(error), case.name))
    for role, grid in grids.items():
        difference = REFERENCE in grids and _difference(grids[REFERENCE], grid)
        if difference:
            problems.append(Problem(f"{role} {case.paths[role].name}", difference, case.name))
    return problems


def _difference(reference: Grid, other: Grid) -> str | None:
    """How two grids differ; not by the order and direction of their axes alone."""
    if grid_difference(canonical_grid(reference), canonical_grid(other)) is None:
        return None
    return grid_difference(reference, other, REFERENCE)


def _some(names: Iterable[str], ending: str = "") -> str:
    return listed([f"{name}{ending}" for name in sorted(names, key=natural_key)])
