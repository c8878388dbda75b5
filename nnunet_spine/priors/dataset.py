"""Fitting priors to a data set: the order of the steps.

    cases -> sequences -> measure every image -> fit -> figure and file

Nothing is written before everything is measured.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from nnunet_spine import __version__
from nnunet_spine.plumbing.datasets import RawCase, RawDataset, find_raw_dataset
from nnunet_spine.plumbing.files import make_writable, write_beside, write_text
from nnunet_spine.plumbing.pool import run_jobs
from nnunet_spine.priors.case import ImageJob, Measurement, measure_image
from nnunet_spine.priors.figure import draw_fits
from nnunet_spine.priors.fit import Fits, fit_measurements
from nnunet_spine.priors.labels import names_of_tissues
from nnunet_spine.priors.scale import HIGH_PERCENT, LOW_PERCENT
from nnunet_spine.priors.selection import choose_cases, preprocessed_folder
from nnunet_spine.priors.sequences import images_by_sequence
from nnunet_spine.priors.unlabelled import Division
from nnunet_spine.synth.config.anatomy import RegionConfig
from nnunet_spine.synth.config.files import FITTED_FORMAT
from nnunet_spine.synth.tissues import NAMES, UNLABELLED

_SUFFIX = ".json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FitOptions:
    """What to fit.

    Attributes:
        fold: fit the training cases of this fold only; None for all.
        patients: fit those of the first patients only, in the order of trainers `..._5patients`; None for all.
        cases: fit these cases only; None for all.
        sequences: fit these sequences only; None for all.
        sequence_pattern: regular expression that finds the sequence in a case's name; None for what is known of it.
    """

    fold: int | None = None
    patients: int | None = None
    cases: tuple[str, ...] | None = None
    sequences: tuple[str, ...] | None = None
    sequence_pattern: str | None = None


def fit_dataset(
    which: str | int | Path, output: Path | None = None, options: FitOptions | None = None, processes: int = 1
) -> Path:
    """Fit priors to a raw data set and write them as JSON, with a figure beside it; files that are there are replaced.

    Args:
        which: id, name or folder of the data set.
        output: the JSON file; by default priors.json, or priors_fold_N.json, in the data set's folder in
            nnUNet_preprocessed, where nnU-Net keeps what it derives from a data set.
        options: what to fit.
        processes: how many to use. More than one needs `if __name__ == "__main__":` in the calling script.

    Returns:
        The JSON file; the figure has the same name and ends in .png.

    Raises:
        ValueError: for input that cannot be used; nothing is written then.
        OSError: if a file cannot be written.
    """
    options = options or FitOptions()
    dataset = find_raw_dataset(which)
    target = output or _default_output(dataset, options)
    if target.suffix != _SUFFIX or target.is_dir():
        raise ValueError(f"output: expected a file that ends in {_SUFFIX}, got {target}")
    cases = choose_cases(dataset, options.cases, options.fold, options.patients)
    images = images_by_sequence(dataset, cases, options.sequence_pattern, options.sequences)
    # Found out before the work, without leaving an empty folder behind if that fails.
    make_writable(next(folder for folder in target.absolute().parents if folder.exists()))
    fits = fit_measurements(_measure(dataset, images, processes), NAMES)
    _check(dataset, fits)
    figure = draw_fits(fits)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_beside(target.with_suffix(".png"), lambda file: file.write(figure))
    write_text(target, json.dumps(_content(dataset, images, fits, options), indent=2) + "\n")
    log.info("%s\n\n%s", as_table(fits), target)
    return target


def as_table(fits: Fits) -> str:
    """The fits for people, one a line."""
    lines = [f"{'sequence':<10} {'tissue':<12} {'images':>6}  {'mean':<16} deviation within"]
    lines += [
        f"{sequence:<10} {tissue:<12} {one.images:>6}  {one.mean[0]:.3f} +- {one.mean[1]:.3f}  "
        f"{one.std[0]:.3f} +- {one.std[1]:.3f}"
        for sequence, row in fits.items()
        for tissue, one in row.items()
    ]
    return "\n".join(lines)


def _default_output(dataset: RawDataset, options: FitOptions) -> Path:
    folder = preprocessed_folder(dataset)
    if folder is None:
        raise ValueError("nnUNet_preprocessed is not set: export it, or say where to write by --output FILE.json")
    return folder / (f"priors{_SUFFIX}" if options.fold is None else f"priors_fold_{options.fold}{_SUFFIX}")


def _measure(dataset: RawDataset, images: Sequence[tuple[str, RawCase]], processes: int) -> list[Measurement]:
    regions = RegionConfig()
    guide_mm = (regions.guide_resolution_mm.a + regions.guide_resolution_mm.b) / 2
    division = Division(int(regions.background.a), int(regions.background.b), guide_mm)
    jobs = [ImageJob(sequence, case, dataset.labels, division) for sequence, case in images]
    work = run_jobs(measure_image, jobs, processes)
    return [one for found in tqdm(work, desc="measure", total=len(jobs), unit="image", delay=0.5) for one in found]


def _check(dataset: RawDataset, fits: Fits) -> None:
    """Refuse a sequence without structures; tell of structures without voxels, and of spreads that are none.

    Raises:
        ValueError: if no image of a sequence has a labelled structure.
    """
    names = names_of_tissues(dataset.labels)
    for sequence, row in fits.items():
        absent = [name for name in dict.fromkeys(names.values()) if name not in row]
        if not row.keys() - {names[UNLABELLED]}:
            raise ValueError(f"{dataset.folder}: no labelled structure in any image of sequence {sequence}")
        if absent:
            log.info("note: %s: too few voxels of %s in every image, left out", sequence, ", ".join(absent))
        single = [name for name, one in row.items() if one.images == 1]
        if single:
            log.info("note: %s: a single image of %s: no difference between patients", sequence, ", ".join(single))


def _content(
    dataset: RawDataset, images: Sequence[tuple[str, RawCase]], fits: Fits, options: FitOptions
) -> dict[str, Any]:
    return {
        "format": FITTED_FORMAT,
        "sequences": {
            sequence: {tissue: one.as_json() for tissue, one in row.items()} for sequence, row in fits.items()
        },
        "made": {
            "nnunet_spine": __version__,
            "dataset": dataset.name,
            "fold": options.fold,
            "patients": options.patients,
            "percentiles": [LOW_PERCENT, HIGH_PERCENT],
            "cases": {name: [case.name for sequence, case in images if sequence == name] for name in fits},
        },
    }
