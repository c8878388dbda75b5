"""A folder of images -> a folder for each condition and level.

Every folder grows in a hidden one inside it, where an interrupted run leaves what it finished, and its images appear
when all of them are whole.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem
from nnunet_spine.dataset_conversion.writing import write_json
from nnunet_spine.degradation.degradation import Degradation
from nnunet_spine.degradation.image import Check, Job, check_image, degrade_image
from nnunet_spine.degradation.inputs import Input, find_inputs
from nnunet_spine.degradation.record import RECORD, Record, is_made, read_images, read_unfinished, record_of
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.pool import require_positive, run_jobs

_PARTIAL = ".degrade.partial"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Folder:
    """One folder to make.

    Attributes:
        path: the folder.
        degradation: what its images go through.
        images: records of those that are there.
        missing: images to make.
    """

    path: Path
    degradation: Degradation
    images: Record
    missing: tuple[Input, ...]

    @property
    def partial(self) -> Path:
        """Where images grow."""
        return self.path / _PARTIAL

    def jobs(self) -> list[Job]:
        """The images to make."""
        return [Job(source, self.degradation, self.partial) for source in self.missing]


def degrade_images(
    source: str | Path,
    target: str | Path,
    degradations: Sequence[Degradation],
    *,
    cases: Sequence[str] | None = None,
    processes: int = 1,
) -> list[Path]:
    """Make images worse, on their own grids, so that references of the source fit.

    What an earlier call made of the same files is kept, also of one that was interrupted; new images are added.

    Args:
        source: folder of nnU-Net's inputs (`CASE_0000.nii.gz`), or one of them.
        target: folder for a folder of each condition and level, such as `resolution_2`.
        degradations: what to do, each on its own.
        cases: cases to take; None for all.
        processes: how many to use. More than one needs `if __name__ == "__main__":` in the calling script.

    Returns:
        The folders, in the order of the degradations.

    Raises:
        InvalidInputError: with the problems of all images; nothing is written then.
        ValueError: if there is nothing to do, the target holds something else, or it cannot be written.
    """
    require_positive(processes)
    source, target = Path(source), Path(target).resolve()
    degradations = list(dict.fromkeys(degradations))
    if not degradations:
        raise ValueError("nothing to do: name at least one condition and its levels")
    if target.is_file():
        raise ValueError(f"{target}: expected a folder to write into, got a file")
    if source.resolve() == target:
        raise ValueError(f"{target}: degraded images cannot go into the folder that the images come from")
    inputs = find_inputs(source, cases)
    try:
        with exclusive(target.with_name(f".{target.name}.lock"), str(target)):
            return _degrade(source, inputs, target, degradations, processes)
    except OSError as error:
        kept = "; what is finished is kept, run again to go on" * any(target.glob(f"*/{_PARTIAL}/[!.]*.json"))
        raise ValueError(f"could not write into {target}: {error}{kept}") from error


def _degrade(
    source: Path, inputs: Sequence[Input], target: Path, degradations: Sequence[Degradation], processes: int
) -> list[Path]:
    folders = [_folder(target / one.folder, one, inputs) for one in degradations]
    problems = [*_conflicts(folders), *_check(inputs, folders, processes)]
    if problems:
        raise InvalidInputError(f"{source} cannot be degraded", problems, "nothing was written")
    _make(folders, processes)
    for folder in folders:
        _publish(folder, inputs[0].path.parent)
    written = sum(len(folder.missing) for folder in folders)
    total = len(inputs) * len(folders)
    log.info("%s: %d images written, %d were there already", target, written, total - written)
    return [folder.path for folder in folders]


def _folder(path: Path, degradation: Degradation, inputs: Sequence[Input]) -> _Folder:
    images = read_images(path, degradation.record())
    missing = [one for one in inputs if not is_made(path / one.path.name, one.path, images.get(one.path.name))]
    return _Folder(path, degradation, images, tuple(missing))


def _conflicts(folders: Sequence[_Folder]) -> list[Problem]:
    """Files that are not what would be written, and may be precious."""
    return [
        Problem(f"{folder.path.name}/{one.path.name}", "exists already and was made of something else", one.case)
        for folder in folders
        for one in folder.missing
        if (folder.path / one.path.name).exists()
    ]


def _check(inputs: Sequence[Input], folders: Sequence[_Folder], processes: int) -> list[Problem]:
    """Read every image once before anything is written, so that the last one's problem is told first."""
    wanted = {one: tuple(folder.degradation for folder in folders if one in folder.missing) for one in inputs}
    checks = [Check(one, degradations) for one, degradations in wanted.items() if degradations]
    work = run_jobs(check_image, checks, processes)
    found = tqdm(work, desc="check", total=len(checks), unit="image", delay=0.5)
    return [problem for problems in found for problem in problems]


def _make(folders: Sequence[_Folder], processes: int) -> None:
    jobs = [job for folder in folders for job in folder.jobs()]
    waiting = [job for job in jobs if not _is_finished(job)]
    for folder in folders:
        folder.partial.mkdir(parents=True, exist_ok=True)
    work = run_jobs(degrade_image, waiting, processes)
    progress = tqdm(desc="degrade", total=len(jobs), initial=len(jobs) - len(waiting), unit="image", delay=0.5)
    with progress:
        for _ in work:
            progress.update()


def _is_finished(job: Job) -> bool:
    name = job.source.path.name
    record = read_unfinished(job.record, job.degradation.record()).get(name)
    return is_made(job.folder / name, job.source.path, record)


def _publish(folder: _Folder, source: Path) -> None:
    # The record first: an image that it names and that is not there is made again, one that it lacks would be refused.
    settings = folder.degradation.record()
    jobs = folder.jobs()
    if jobs:
        new = {name: image for job in jobs for name, image in read_unfinished(job.record, settings).items()}
        write_json(folder.path / RECORD, record_of(settings, source, folder.images | new))
    for job in jobs:
        name = job.source.path.name
        (folder.partial / name).rename(folder.path / name)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder.partial)
