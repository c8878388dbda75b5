"""Any image -> input for nnUNetv2_predict.

The voxel grid and the orientation of the source are kept, because nnU-Net's NibabelIOWithReorient turns an input round
when it reads it and answers in the input's own geometry: so the answer lies over the source. Only the intensities are
brought to the form of the training images (`floor_to_zero`).
"""

from __future__ import annotations

import contextlib
import logging
import shlex
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from nnunet_spine.dataset_conversion.inputs import Source, find_sources
from nnunet_spine.dataset_conversion.intensity import floor_to_zero
from nnunet_spine.dataset_conversion.prepared import (
    RECORD,
    Record,
    fingerprints_of,
    is_made,
    read_record,
    read_records,
    record_of,
)
from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem, reason_of
from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.dataset_conversion.writing import write_json, write_nifti
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.pool import run_jobs

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
    record: Record | None


def prepare_inputs(source: str | Path, target: str | Path, *, processes: int = 1) -> list[Path]:
    """Make inputs for nnUNetv2_predict.

    Args:
        source: an image file (.mha, .nrrd, .nii, .nii.gz), a folder of such files, or a folder of DICOM series
            (its subfolders included).
        target: folder for `CASE_0000.nii.gz`, one an image, and for a record of where each came from, `prepared.json`.
            What an earlier call made of the same files is kept, also of one that was interrupted.
        processes: how many to use. More than one needs `if __name__ == "__main__":` in the calling script.

    Returns:
        The input files.

    Raises:
        InvalidInputError: with all problems; nothing is written then.
        ValueError: if there is nothing to prepare, or it cannot be written.
    """
    source, output, target = Path(source), str(target), Path(target).resolve()
    if target.exists() and not target.is_dir():
        raise ValueError(f"{target}: expected a folder to write into, got a file")
    if source.resolve() == target:
        raise ValueError(f"{target}: the inputs cannot go into the folder that the images come from")
    found = find_sources(source, target, lambda folder: shlex.join(["nnunet-spine", "prepare", str(folder), output]))
    for one in found.passed_over:
        log.info("passed over: %s", one)
    try:
        return prepare_sources(str(source), found.sources, found.problems, target, processes=processes)
    except OSError as error:
        kept = "; what is finished is kept, run again to go on" * any(target.glob(f"{_PARTIAL}/[!.]*.json"))
        raise ValueError(f"could not write into {target}: {error}{kept}") from error


def prepare_sources(
    name: str,
    sources: Sequence[Source],
    problems: Sequence[Problem],
    target: Path,
    *,
    processes: int = 1,
    doing: str = "prepared",
) -> list[Path]:
    """Make inputs of images that were found before, of any folders; otherwise as `prepare_inputs`.

    Args:
        name: what to call them all in messages.
        sources: the images.
        problems: what is already known to stand in the way; the images are looked at all the same.
        target: folder for the inputs.
        processes: how many to use.
        doing: what they cannot be where there are problems, in the heading of these.

    Raises:
        InvalidInputError: with all problems; nothing is written then.
        ValueError: if another process prepares them.
        OSError: if it cannot be written.
    """
    with exclusive(target.with_name(f".{target.name}.lock"), str(target)):
        return _prepare(f"{name} cannot be {doing}", sources, problems, target, processes)


def of_one_name(sources: Sequence[Source]) -> list[Problem]:
    """Images that would become one case."""
    counts = Counter(one.case for one in sources)
    return [
        Problem(one.label, f"{counts[one.case]} images would become {one.file_name}: rename them", one.case)
        for one in sources
        if counts[one.case] > 1
    ]


def _prepare(
    heading: str, sources: Sequence[Source], problems: Sequence[Problem], target: Path, processes: int
) -> list[Path]:
    records, partial = read_records(target), target / _PARTIAL
    ours = partial.is_dir() or not target.is_dir()
    waiting = [one for one in sources if not is_made(one, target, records.get(one.case))]
    problems = [*problems, *_conflicts(sources, waiting, target)]
    partial.mkdir(parents=True, exist_ok=True)
    outcomes = _run(waiting, partial, processes, writing=not problems)
    problems += [outcome.problem for outcome in outcomes if outcome.problem]
    if problems:
        _discard(target, ours)
        raise InvalidInputError(heading, problems, "nothing was written")
    _publish(outcomes, partial, target, records)
    log.info("%s: %d inputs written, %d were there already", target, len(waiting), len(sources) - len(waiting))
    return [target / one.file_name for one in sources]


def _discard(target: Path, ours: bool) -> None:
    """Remove what is not whole, and a target that has nothing else and was made for it."""
    shutil.rmtree(target / _PARTIAL)
    if ours:
        with contextlib.suppress(OSError):
            target.rmdir()


def _run(sources: Sequence[Source], partial: Path, processes: int, writing: bool) -> list[_Outcome]:
    """Prepare in a folder inside the target, where an interrupted run leaves what it finished."""
    found = {one: read_record(_record_path(partial, one)) for one in sources}
    outcomes = [_Outcome(one, None, record) for one, record in found.items() if is_made(one, partial, record)]
    finished = {outcome.source for outcome in outcomes}
    waiting = [one for one in sources if one not in finished]

    def folder() -> Path | None:
        return partial if writing and not any(outcome.problem for outcome in outcomes) else None

    # Made one by one while the work goes on, so that the first problem turns the rest into checks.
    work = run_jobs(_prepare_one, (_Job(one, folder()) for one in waiting), processes)
    for outcome in tqdm(work, desc="prepare", total=len(waiting), unit="case", delay=0.5):
        outcomes.append(outcome)
    return outcomes


def _prepare_one(job: _Job) -> _Outcome:
    source = job.source
    try:
        # Before reading, so that a file that changes meanwhile is not taken for the one that was read.
        fingerprints = {} if job.folder is None else fingerprints_of(source)
        volume = source.read()
        intensities = floor_to_zero(volume.data)
    except (ValueError, OSError, MemoryError) as error:
        return _failed(source, error)
    if job.folder is None:
        return _Outcome(source, None, None)
    size = write_nifti(job.folder / source.file_name, Volume(intensities.data, volume.affine))
    record = record_of(source, fingerprints, volume.grid, intensities, size)
    write_json(_record_path(job.folder, source), record)
    return _Outcome(source, None, record)


def _failed(source: Source, error: Exception) -> _Outcome:
    return _Outcome(source, Problem(source.label, reason_of(error), source.case), None)


def _record_path(partial: Path, source: Source) -> Path:
    return partial / f"{source.case}.json"


def _publish(outcomes: Sequence[_Outcome], partial: Path, target: Path, records: dict[str, Record]) -> None:
    # The records first: one without its file is made again, a file without its record would be refused.
    new = {outcome.source.case: outcome.record for outcome in outcomes}
    write_json(target / RECORD, records | new)
    for outcome in outcomes:
        (partial / outcome.source.file_name).rename(target / outcome.source.file_name)
    shutil.rmtree(partial)


def _conflicts(sources: Sequence[Source], waiting: Sequence[Source], target: Path) -> list[Problem]:
    return of_one_name(sources) + [
        Problem(
            one.label, f"{one.file_name} exists already and was made of something else, or by another version", one.case
        )
        for one in waiting
        if (target / one.file_name).exists()
    ]
