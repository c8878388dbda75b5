"""One case from SPIDER's files to nnU-Net's: read, check, bring into one form, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from nibabel.affines import from_matvec

from nnunet_spine.dataset_conversion.intensity import Intensities, floor_to_zero
from nnunet_spine.dataset_conversion.numbering import L5_OF_ALGORITHM, recognise, renumbering
from nnunet_spine.dataset_conversion.options import Treatment
from nnunet_spine.dataset_conversion.problems import Problem
from nnunet_spine.dataset_conversion.provenance import fingerprint
from nnunet_spine.dataset_conversion.reading import read_grid, read_volume
from nnunet_spine.dataset_conversion.remap import (
    MaskTable,
    apply_table,
    class_counts,
    counts_of,
    spider_values,
    tabulate,
)
from nnunet_spine.dataset_conversion.spider import Series
from nnunet_spine.dataset_conversion.trim import lateral_range
from nnunet_spine.dataset_conversion.volume import Grid, Volume, canonical, grid_difference
from nnunet_spine.dataset_conversion.writing import write_json, write_nifti
from nnunet_spine.labels import STRUCTURES

T = TypeVar("T")

RECORDS = "records"
_FOLDERS = {"training": ("imagesTr", "labelsTr"), "validation": ("imagesTs", "labelsTs")}


@dataclass(frozen=True)
class CaseJob:
    """What a worker needs for one case.

    Attributes:
        series: the case.
        treatment: what to do.
        folder: the staging folder; None to check only.
    """

    series: Series
    treatment: Treatment
    folder: Path | None


@dataclass(frozen=True)
class CaseOutcome:
    """What came of it: problems, or else the case's entry in the manifest."""

    series: Series
    problems: tuple[Problem, ...]
    record: dict[str, Any] | None


@dataclass(frozen=True)
class _Mask:
    """A mask in canonical orientation, in SPIDER's numbering."""

    values: np.ndarray
    table: MaskTable
    numbering: str


class _Checks:
    """Runs the steps of one case and collects what they raise, so that one problem does not hide the next."""

    def __init__(self, case: str) -> None:
        self.case = case
        self.problems: list[Problem] = []

    def attempt(self, path: Path, step: Callable[[], T]) -> T | None:
        """Result of the step, or None and a problem with the file."""
        try:
            return step()
        except (ValueError, OSError) as error:
            self.report(path, str(error))
            return None

    def report(self, path: Path, what: str) -> None:
        """Add a problem with a file."""
        self.problems.append(Problem(f"{path.parent.name}/{path.name}", what, self.case))


def check_headers(series: Series) -> tuple[Problem, ...]:
    """Problems that show without reading voxels; files that are missing are not among them."""
    checks = _Checks(series.case)
    grids = [
        checks.attempt(path, lambda path=path: read_grid(path)) if path.is_file() else None
        for path in (series.image, series.mask)
    ]
    if None not in grids:
        _check_fit(checks, series, *grids)
    return tuple(checks.problems)


def convert_case(job: CaseJob) -> CaseOutcome:
    """Check a case and, if all is well and a folder is given, write image, label and record into it.

    Raises:
        OSError: if something cannot be written.
    """
    series, checks = job.series, _Checks(job.series.case)
    fingerprints: dict[Path, dict[str, Any]] = {}

    def read(path: Path) -> Volume:
        if job.folder is not None:
            # Before reading, so that a file that changes meanwhile is not taken for the one that was read.
            fingerprints[path] = fingerprint(path)
        return read_volume(path)

    image, mask = (
        checks.attempt(path, lambda path=path: read(path)) if path.is_file() else None
        for path in (series.image, series.mask)
    )
    fits = image is not None and mask is not None and _check_fit(checks, series, image.grid, mask.grid)
    scaled = image and checks.attempt(series.image, lambda: floor_to_zero(image.data))
    # The image's geometry for both, so that rounding in the mask's header cannot turn the two apart.
    affine = image.affine if fits else mask and mask.affine
    labelled = mask and checks.attempt(series.mask, lambda: _read_mask(mask.data, affine, job.treatment))
    if checks.problems or job.folder is None or labelled is None or scaled is None:
        return CaseOutcome(series, tuple(checks.problems), None)
    record = _write_case(job, image, scaled, labelled, fingerprints)
    return CaseOutcome(series, (), record)


def _check_fit(checks: _Checks, series: Series, image: Grid, mask: Grid) -> bool:
    difference = grid_difference(image, mask)
    if difference:
        checks.report(series.mask, difference)
    return difference is None


def _read_mask(data: np.ndarray, affine: np.ndarray, treatment: Treatment) -> _Mask:
    values = np.asfortranarray(canonical(Volume(spider_values(data), affine)).data)
    table = tabulate(values)
    numbering = recognise(table.heights)
    if numbering == "spider":
        return _Mask(values, table, numbering)
    if numbering == "reversed":
        raise ValueError(
            "levels are numbered from head to feet, while SPIDER numbers them upwards from the lowest vertebra (1): "
            "is the volume upside-down?"
        )
    if not treatment.options.renumber:
        raise ValueError(
            f"levels are numbered as the SPIDER authors' algorithm does (L5 is {L5_OF_ALGORITHM}, numbers grow "
            f"downwards; values found: {', '.join(map(str, table.counts))}), while SPIDER numbers them upwards from "
            "the lowest vertebra (1); --renumber turns them round"
        )
    values = apply_table(values, renumbering(table.counts))
    return _Mask(values, tabulate(values), numbering)


def _write_case(
    job: CaseJob,
    image: Volume,
    intensities: Intensities,
    mask: _Mask,
    fingerprints: Mapping[Path, Mapping[str, Any]],
) -> dict[str, Any]:
    series, treatment = job.series, job.treatment
    upright = canonical(Volume(intensities.data, image.affine))
    first, end = 0, upright.data.shape[0]
    if treatment.options.trim_slices and series.subset == "training":
        first, end = lateral_range(mask.table.per_slice, upright.data[0].size)
    affine = upright.affine @ from_matvec(np.eye(3), (first, 0, 0))
    label = Volume(apply_table(mask.values[first:end], treatment.table), affine)
    image_folder, label_folder = _FOLDERS[series.subset]
    written = {
        f"{image_folder}/{series.case}_0000.nii.gz": Volume(np.asfortranarray(upright.data[first:end]), affine),
        f"{label_folder}/{series.case}.nii.gz": label,
    }
    record = {
        **_origin(series, image, fingerprints),
        "shape": list(label.grid.shape),
        "spacing_mm": [round(size, 6) for size in label.grid.spacing_mm],
        **intensities.record(),
        "numbering_found": mask.numbering,
        "slices_kept": [first, end],
        **_label_counts(counts_of(mask.table.per_slice[first:end]), treatment),
        "written": {name: write_nifti(job.folder / name, volume) for name, volume in written.items()},
        "settings": treatment.case_settings(),
    }
    write_json(job.folder / RECORDS / f"{series.case}.json", record)
    return record


def _origin(series: Series, image: Volume, fingerprints: Mapping[Path, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "case": series.case,
        "patient": series.patient,
        "sequence": series.sequence,
        "subset": series.subset,
        "sources": {f"{path.parent.name}/{path.name}": one for path, one in fingerprints.items()},
        "orientation_found": image.grid.orientation,
        "shape_found": list(image.data.shape),
    }


def _label_counts(counts: dict[int, int], treatment: Treatment) -> dict[str, Any]:
    names = {value: name for name, value in treatment.label_values.items()}
    table = treatment.table
    totals = class_counts(counts, table)
    return {
        "voxels_per_label": {name: totals.get(value, 0) for value, name in names.items() if value},
        "remapped": [
            {
                "value": value,
                "structure": " ".join(filter(None, (STRUCTURES[value].group, str(STRUCTURES[value].level or "")))),
                "label": names[int(table[value])],
                "voxels": voxels,
            }
            for value, voxels in counts.items()
        ],
    }
