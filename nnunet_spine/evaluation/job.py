"""One case: its files -> its row, or what is wrong with them. Made to run in processes of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_spine.dataset_conversion.problems import Problem
from nnunet_spine.dataset_conversion.provenance import fingerprint, is_unchanged
from nnunet_spine.dataset_conversion.reading import finite_intensities, read_volume
from nnunet_spine.dataset_conversion.volume import Grid, Volume, canonical, canonical_grid, grid_difference
from nnunet_spine.evaluation.case import score_case
from nnunet_spine.evaluation.failures import find_failures
from nnunet_spine.evaluation.overlap import as_labels, distinct_values
from nnunet_spine.evaluation.properties import image_properties
from nnunet_spine.evaluation.records import CaseRecord
from nnunet_spine.evaluation.slices import Slices
from nnunet_spine.evaluation.structures import Labels, ignore_of, names_of_values, structures_of
from nnunet_spine.evaluation.survey import IMAGE, PREDICTION, REFERENCE

GRADINGS = "gradings"
"""What the table of gradings is called in a case's row, beside its images."""


@dataclass(frozen=True)
class CaseJob:
    """What a worker needs for one case.

    Attributes:
        case: its name.
        patient: whose it is.
        sequence: what it is of; None where that is not known.
        paths: its files by what they are.
        labels: of dataset.json.
        tolerance_mm: of NSD.
        slices: which sagittal slices are scored.
        gradings: the table that `grades` come from.
        grades: properties of the patient.
    """

    case: str
    patient: str
    sequence: str | None
    paths: Mapping[str, Path]
    labels: Labels
    tolerance_mm: float
    slices: Slices = Slices()  # noqa: RUF009  (frozen)
    gradings: Path | None = None
    grades: Mapping[str, float] = field(default_factory=dict)

    @property
    def sources(self) -> dict[str, Path]:
        """All files that the row depends on."""
        return {**self.paths, **({GRADINGS: self.gradings} if self.gradings else {})}

    def is_done(self, row: CaseRecord | None) -> bool:
        """Whether a row is that of this job, made of the same files."""
        return (
            row is not None
            and (row.patient, row.sequence) == (self.patient, self.sequence)
            and row.fingerprints.keys() == self.sources.keys()
            and all(is_unchanged(dict(row.fingerprints[name]), path) for name, path in self.sources.items())
        )


@dataclass(frozen=True)
class CaseOutcome:
    """What became of a case: its row, or what is wrong with its files."""

    row: CaseRecord | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Arrays:
    """The files of a case, with axes to the right, to the front, to the head; `image` is None where there is none."""

    reference: np.ndarray
    prediction: np.ndarray
    image: np.ndarray | None
    spacing_mm: tuple[float, ...]


def check_case(job: CaseJob) -> CaseOutcome:
    """Read the files and look for what is wrong with them, without scoring."""
    return CaseOutcome(None, _read(job)[1])


def evaluate_case(job: CaseJob) -> CaseOutcome:
    """Read, check and score."""
    # Before reading, so that a file that changes meanwhile is not taken for the one that was read.
    fingerprints = {name: fingerprint(path) for name, path in job.sources.items()}
    arrays, problems = _read(job)
    if arrays is None:
        return CaseOutcome(None, problems)
    try:
        return CaseOutcome(_row(job, arrays, fingerprints))
    except ValueError as error:
        return CaseOutcome(None, (Problem(f"case {job.case}", str(error), job.case),))


def _row(job: CaseJob, arrays: _Arrays, fingerprints: Mapping[str, Mapping[str, Any]]) -> CaseRecord:
    return CaseRecord(
        case=job.case,
        patient=job.patient,
        sequence=job.sequence,
        shape=arrays.reference.shape,
        spacing_mm=arrays.spacing_mm,
        diagonal_mm=float(np.linalg.norm(np.multiply(arrays.reference.shape, arrays.spacing_mm))),
        files={name: path.name for name, path in job.sources.items()},
        fingerprints=fingerprints,
        **_findings(job, arrays),
    )


def _findings(job: CaseJob, arrays: _Arrays) -> dict[str, Any]:
    """The fields of the row that the voxels tell."""
    structures = structures_of(job.labels)
    slab = job.slices.slab(arrays.reference, arrays.spacing_mm, structures)
    pair = arrays.reference[slab], arrays.prediction[slab], arrays.spacing_mm
    scores = score_case(*pair, job.labels, job.tolerance_mm)
    properties = {}
    if arrays.image is not None:
        properties = image_properties(arrays.image, arrays.reference, arrays.spacing_mm, structures)
    failures = find_failures(*pair, structures, scores=scores.structures)
    return {
        **{one.name: getattr(scores, one.name) for one in fields(scores)},
        "failures": tuple(replace(one, slice=one.slice + slab.start) for one in failures),
        "properties": {**properties, **job.grades},
    }


def _read(job: CaseJob) -> tuple[_Arrays | None, tuple[Problem, ...]]:
    """The arrays of a case, or what is wrong."""
    arrays: dict[str, np.ndarray] = {}
    problems, grid = [], None
    for role, path in job.paths.items():
        try:
            volume = read_volume(path)
            grid = grid or volume.grid
            upright = _upright(volume, grid)
            arrays[role] = _checks(job.labels)[role](upright.data)
        except (ValueError, OSError) as error:
            problems.append(Problem(f"{role} {path.name}", str(error), job.case))
    if problems:
        return None, tuple(problems)
    spacing_mm = canonical_grid(grid).spacing_mm
    return _Arrays(arrays[REFERENCE], arrays[PREDICTION], arrays.get(IMAGE), spacing_mm), ()


def _upright(volume: Volume, reference: Grid) -> Volume:
    """With the reference's geometry where both are stored alike: rounding in a header cannot turn them apart then."""
    alike = grid_difference(reference, volume.grid) is None
    return canonical(Volume(volume.data, reference.affine) if alike else volume)


def _checks(labels: Labels) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """How the array of each file is checked and brought to its type."""
    known, ignore = set(names_of_values(labels)), ignore_of(labels)
    with_ignore = known | ({ignore} if ignore is not None else set())
    return {
        REFERENCE: lambda array: _label_map(array, with_ignore, None),
        PREDICTION: lambda array: _label_map(array, known, ignore),
        IMAGE: finite_intensities,
    }


def _label_map(array: np.ndarray, known: set[int], ignore: int | None) -> np.ndarray:
    strange = array[~np.isin(array, list(known))]
    if ignore is not None and (strange == ignore).any():
        raise ValueError(f"holds the ignore label ({ignore}), which says that nobody knows; no model predicts it")
    if strange.size:
        expected = ", ".join(map(str, sorted(known)))
        raise ValueError(f"expected the labels of dataset.json ({expected}), got {distinct_values(strange)}")
    return as_labels(array, max(known), "voxels")
