"""What one image tells of its tissues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nnunet_spine.dataset_conversion.labelled import read_labelled
from nnunet_spine.plumbing.datasets import RawCase
from nnunet_spine.priors.labels import Labels, names_of_tissues, tissues_of_values
from nnunet_spine.priors.scale import to_unit_range
from nnunet_spine.priors.tissue import FEWEST_VOXELS, inner, mean_and_deviation
from nnunet_spine.priors.unlabelled import Division, region_statistics, smoothed
from nnunet_spine.synth.tissues import UNLABELLED

BIN_EDGES = np.linspace(-0.06, 1.26, 67)
"""Of the histograms, wide enough for 8-bit intensities; what lies beyond counts in the first and the last bin."""


@dataclass(frozen=True)
class ImageJob:
    """What a worker needs for one image.

    Attributes:
        sequence: what the image is of.
        case: its file and that of its label map.
        labels: those of dataset.json.
        division: of unlabelled tissue.
    """

    sequence: str
    case: RawCase
    labels: Labels
    division: Division


@dataclass(frozen=True)
class Measurement:
    """One tissue in one image.

    Attributes:
        sequence: what the image is of.
        case: name of the case.
        tissue: its name, one of `synth.tissues.NAMES`.
        means: (R,) mean of each region; a labelled structure is a single one.
        stds: (R,) deviation within each region.
        density: (len(BIN_EDGES) - 1,) histogram of the voxels, its integral 1.
    """

    sequence: str
    case: str
    tissue: str
    means: np.ndarray
    stds: np.ndarray
    density: np.ndarray


def measure_image(job: ImageJob) -> list[Measurement]:
    """Measure every tissue that has enough voxels in an image.

    Raises:
        ValueError: naming the file that cannot be used, and why.
    """
    volume = read_labelled(job.case, job.labels)
    try:
        image, above = to_unit_range(volume.image)
    except ValueError as error:
        raise ValueError(f"{job.case.images[0]}: {error}") from error
    tissue = np.array(tissues_of_values(job.labels), np.int16)[volume.labels]
    within = inner(tissue, volume.spacing_mm)
    names = names_of_tissues(job.labels)
    unlabelled = (tissue == UNLABELLED) & within & above
    structures = _structures(tissue, within, names)
    measured = [(name, *mean_and_deviation(image, mask, volume.spacing_mm), image[mask]) for name, mask in structures]
    if np.count_nonzero(unlabelled) >= FEWEST_VOXELS * job.division.most:
        guide = smoothed(image, volume.spacing_mm, job.division.guide_mm)[unlabelled]
        values = image[unlabelled]
        measured.append((names[UNLABELLED], *region_statistics(values, guide, job.division), values))
    return [
        Measurement(job.sequence, job.case.name, name, np.atleast_1d(mean), np.atleast_1d(std), _density(values))
        for name, mean, std, values in measured
    ]


def _structures(tissue: np.ndarray, within: np.ndarray, names: Mapping[int, str]) -> Iterator[tuple[str, np.ndarray]]:
    """Name and voxels of every labelled structure; a part that is told by its shape would be one more."""
    for number in sorted(names.keys() - {UNLABELLED}):
        mask = tissue == number
        inside = mask & within
        # What is thin everywhere has no inside.
        chosen = inside if np.count_nonzero(inside) >= FEWEST_VOXELS else mask
        if np.count_nonzero(chosen) >= FEWEST_VOXELS:
            yield names[number], chosen


def _density(voxels: np.ndarray) -> np.ndarray:
    return np.histogram(np.clip(voxels, BIN_EDGES[0], BIN_EDGES[-1]), BIN_EDGES, density=True)[0]
