"""One image in, one degraded image out, with the header of the source."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import nibabel as nib
import numpy as np

from nnunet_spine.dataset_conversion.problems import Problem
from nnunet_spine.dataset_conversion.reading import read_volume
from nnunet_spine.dataset_conversion.volume import Volume, canonical
from nnunet_spine.dataset_conversion.writing import write_image, write_json
from nnunet_spine.degradation.degradation import Degradation
from nnunet_spine.degradation.inputs import Input
from nnunet_spine.degradation.record import image_record, record_of
from nnunet_spine.degradation.scan import check_intensities
from nnunet_spine.plumbing.files import write_beside

T = TypeVar("T")


@dataclass(frozen=True)
class Check:
    """An image, and all that is to be done to it."""

    source: Input
    degradations: tuple[Degradation, ...]


@dataclass(frozen=True)
class Job:
    """An image, one thing to do to it, and the folder for the result."""

    source: Input
    degradation: Degradation
    folder: Path

    @property
    def record(self) -> Path:
        """Where the record of the result goes."""
        return self.folder / f"{self.source.path.name}.json"


def check_image(check: Check) -> list[Problem]:
    """What stands in the way of degrading an image."""
    name, case = check.source.path.name, check.source.case
    try:
        volume = read_volume(check.source.path)
        check_intensities(volume.data)
    except (ValueError, OSError) as error:
        return [Problem(name, str(error), case)]
    grid = canonical(volume).grid
    found = [degradation.problem_with(grid) for degradation in check.degradations]
    return [Problem(name, problem, case) for problem in found if problem]


def degrade_image(job: Job) -> Job:
    """Write the degraded image, then its record, by which it counts as finished.

    Raises:
        ValueError: if the image cannot be used, naming its file.
        OSError: if something cannot be written.
    """
    source, target = job.source.path, job.folder / job.source.path.name
    if job.degradation.changes_nothing:
        with source.open("rb") as content:
            write_beside(target, lambda file: shutil.copyfileobj(content, file))
    else:
        degraded = _of(source, lambda: job.degradation.apply(read_volume(source), job.source.case, job.source.channel))
        write_image(target, _with_header_of(source, degraded))
    images = {source.name: image_record(source, target.stat().st_size)}
    write_json(job.record, record_of(job.degradation.record(), source.parent, images))
    return job


def _with_header_of(source: Path, volume: Volume) -> nib.Nifti1Image:
    """An image whose header says of place, units and codes what the source's says."""
    header = nib.load(source).header.copy()
    header.set_data_dtype(np.float32)
    return nib.Nifti1Image(volume.data, volume.affine, header)


def _of(path: Path, step: Callable[[], T]) -> T:
    try:
        return step()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
