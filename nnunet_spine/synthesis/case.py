"""The synthetic images of one case, written and recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_spine.dataset_conversion.labelled import LabelledVolume, read_labelled
from nnunet_spine.dataset_conversion.provenance import fingerprint, is_unchanged
from nnunet_spine.dataset_conversion.writing import write_json, write_nifti
from nnunet_spine.plumbing.datasets import RawCase
from nnunet_spine.synthesis.options import SynthesisOptions
from nnunet_spine.synthesis.volume import seed_of, stored_intensities, synthesise_volume
from nnunet_spine.training.anatomy import tissues_of_labels

RECORDS = "records"

Record = dict[str, Any]


@dataclass(frozen=True)
class CaseJob:
    """What a worker needs for some images of one case.

    Attributes:
        case: the source.
        labels: those of the source's dataset.json.
        indexes: which of the images of the case to make.
        options: what to make.
        folder: where to.
    """

    case: RawCase
    labels: Mapping[str, int | Sequence[int]]
    indexes: tuple[int, ...]
    options: SynthesisOptions
    folder: Path


def name_of_copy(case: str, index: int) -> str:
    """Name of a synthetic image."""
    return f"{case}_synth{index:03d}"


def synthesise_case(job: CaseJob) -> list[Record]:
    """Make the images of a job, each with its label map and its record, which comes last.

    Raises:
        ValueError: if the source cannot be used, naming the file.
        OSError: if something cannot be written.
    """
    volume = read_labelled(job.case, job.labels)
    sources = {path.name: fingerprint(path) for path in (*job.case.images, job.case.label)}
    return [_make(job, volume, sources, index) for index in job.indexes]


def finished_record(folder: Path, case: RawCase, index: int) -> Record | None:
    """The record of an image that is there whole and whose source has not changed since."""
    try:
        record = json.loads(record_path(folder, name_of_copy(case.name, index)).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return record if is_whole(folder, record) and is_of(case, record) else None


def is_whole(folder: Path, record: Record) -> bool:
    """Whether the files of an image are as they were written."""
    files = {folder / name: size for name, size in record["written"].items()}
    return all(path.is_file() and path.stat().st_size == size for path, size in files.items())


def is_of(case: RawCase, record: Record) -> bool:
    """Whether an image was made of the files that a case has now."""
    files = {path.name: path for path in (*case.images, case.label)}
    sources = record["sources"]
    return files.keys() == sources.keys() and all(is_unchanged(sources[name], path) for name, path in files.items())


def record_path(folder: Path, name: str) -> Path:
    """Where the record of an image lies while the data set grows."""
    return folder / RECORDS / f"{name}.json"


def _make(job: CaseJob, volume: LabelledVolume, sources: dict[str, Any], index: int) -> Record:
    options, name = job.options, name_of_copy(volume.name, index)
    seed = seed_of(options.seed, volume.name, index)
    image, labels = synthesise_volume(volume, tissues_of_labels(job.labels), options.config, options.dim, seed)
    inside, target = labels >= 0, labels.clip(min=0)
    files = {
        f"imagesTr/{name}_0000.nii.gz": stored_intensities(image, inside),
        f"labelsTr/{name}.nii.gz": target.astype(np.uint8) if target.max() < 256 else target,
    }
    written = {path: write_nifti(job.folder / path, volume.as_stored(array)) for path, array in files.items()}
    record = {
        "image": name,
        "case": volume.name,
        "index": index,
        "seed": seed,
        "sources": sources,
        "written": written,
    }
    write_json(record_path(job.folder, name), record)
    return record
