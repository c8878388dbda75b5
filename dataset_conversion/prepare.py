"""Any image -> input for nnUNetv2_predict.

The voxel grid and the orientation of the source are kept, because nnU-Net's NibabelIOWithReorient turns an input round
when it reads it and answers in the input's own geometry: so the answer lies over the source. Only the intensities are
brought to the form of the training images (`floor_to_zero`).
"""

from __future__ import annotations

import json
import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from nnunet_spine.dataset_conversion.inputs import Source, find_sources
from nnunet_spine.dataset_conversion.intensity import floor_to_zero
from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem
from nnunet_spine.dataset_conversion.provenance import fingerprint, is_unchanged
from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.dataset_conversion.writing import write_json, write_nifti
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.pool import run_jobs

RECORD = "prepared.json"
_PARTIAL = ".prepare.partial"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Job:
    source: Source
    folder: Path | None


@dataclass(frozen=True)
class _Outcome:
    source: Source
    problem: Problem | None
    record: dict[str, Any] | None


def prepare_inputs(source: str | Path, target: str | Path, *, processes: int = 1) -> list[Path]:
    """Make inputs for nnUNetv2_predict.

    Args:
        source: an image file (.mha, .nrrd, .nii, .nii.gz), a folder of such files, or a folder of DICOM series
            (its subfolders included).
        target: folder for `CASE_0000.nii.gz`, one an image, and for a record of where each came from, `prepared.json`.
            What an earlier call made of the same files is kept.
        processes: how many to use. More than one needs `if __name__ == "__main__":` in the calling script.

    Returns:
        The input files.

    Raises:
        InvalidInputError: with all problems; nothing is written then.
        ValueError: if there is nothing to prepare, or it cannot be written.
    """
    source, target = Path(source), Path(target).resolve()
    if target.exists() and not target.is_dir():
        raise ValueError(f"{target}: expected a folder to write into, got a file")
    if source.resolve() == target:
        raise ValueError(f"{target}: the inputs cannot go into the folder that the images come from")
    sources = find_sources(source)
    try:
        with exclusive(target.with_name(f".{target.name}.lock"), str(target)):
            return _prepare(source, sources, target, processes)
    except OSError as error:
        raise ValueError(f"could not write into {target}: {error}") from error


def _prepare(root: Path, sources: list[Source], target: Path, processes: int) -> list[Path]:
    records = _read_records(target)
    waiting = [one for one in sources if not _is_there(one, target, records)]
    problems = _conflicts(sources, waiting, target)
    with _staged(target) as partial:
        outcomes = _run(waiting, None if problems else partial, processes)
        problems += [outcome.problem for outcome in outcomes if outcome.problem]
        if problems:
            raise InvalidInputError(f"{root} cannot be prepared", problems, "nothing was written")
        _publish(outcomes, partial, target, records)
    log.info("%s: %d inputs written, %d were there already", target, len(waiting), len(sources) - len(waiting))
    return [target / one.file_name for one in sources]


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """A folder inside the target for what is not whole yet; a failure removes a target that was not there before."""
    existed, partial = target.is_dir(), target / _PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
    except BaseException:
        if not existed:
            shutil.rmtree(target, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _run(sources: list[Source], partial: Path | None, processes: int) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    # Made one by one while the work goes on, so that the first problem turns the rest into checks.
    jobs = (_Job(one, None if any(outcome.problem for outcome in outcomes) else partial) for one in sources)
    work = run_jobs(_prepare_one, jobs, processes)
    for outcome in tqdm(work, desc="prepare", total=len(sources), unit="case", delay=0.5):
        outcomes.append(outcome)
    return outcomes


def _prepare_one(job: _Job) -> _Outcome:
    source = job.source
    try:
        volume = source.read()
        intensities = floor_to_zero(volume.data)
    except (ValueError, OSError) as error:
        return _Outcome(source, Problem(source.label, str(error), source.case), None)
    if job.folder is None:
        return _Outcome(source, None, None)
    size = write_nifti(job.folder / source.file_name, Volume(intensities.data, volume.affine))
    grid = volume.grid
    record = {
        "case": source.case,
        "folder": str(source.files[0].resolve().parent),
        "sources": {path.name: fingerprint(path) for path in source.files},
        "orientation": grid.orientation,
        "shape": list(grid.shape),
        "spacing_mm": [round(size, 6) for size in grid.spacing_mm],
        **intensities.record(),
        "written": {source.file_name: size},
    }
    return _Outcome(source, None, record)


def _publish(outcomes: list[_Outcome], partial: Path, target: Path, records: dict[str, Any]) -> None:
    # The records first: one without its file is made again, a file without its record would be refused.
    new = {outcome.source.case: outcome.record for outcome in outcomes}
    write_json(target / RECORD, records | new)
    for outcome in outcomes:
        (partial / outcome.source.file_name).rename(target / outcome.source.file_name)


def _read_records(target: Path) -> dict[str, Any]:
    path = target / RECORD
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise ValueError(f"{path}: not a record of prepared inputs; remove it together with its inputs") from error


def _is_there(source: Source, target: Path, records: dict[str, Any]) -> bool:
    record, path = records.get(source.case), target / source.file_name
    if record is None or not path.is_file() or path.stat().st_size != record["written"][source.file_name]:
        return False
    current = {path.name: path for path in source.files}
    recorded = record["sources"]
    return current.keys() == recorded.keys() and all(is_unchanged(recorded[name], current[name]) for name in current)


def _conflicts(sources: list[Source], waiting: list[Source], target: Path) -> list[Problem]:
    counts = Counter(one.case for one in sources)
    return [
        Problem(one.label, f"{counts[one.case]} images would become {one.file_name}: rename them", one.case)
        for one in sources
        if counts[one.case] > 1
    ] + [
        Problem(one.label, f"{one.file_name} exists already and was made of something else", one.case)
        for one in waiting
        if (target / one.file_name).exists()
    ]
