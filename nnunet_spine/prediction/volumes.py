"""How much of each structure there is in an answer."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

_NO_STRUCTURE = ("background", "ignore")
_UL_PER_ML = 1000.0
_DIGITS = 3


def names_of(labels: Mapping[str, int | Sequence[int]]) -> list[str]:
    """The labels of a dataset.json that name something."""
    return [name for name in labels if name not in _NO_STRUCTURE]


def volumes_ml(answer: Path, labels: Mapping[str, int | Sequence[int]]) -> dict[str, float]:
    """Volume of every structure in millilitres; a region is all of its values.

    Args:
        answer: label map, whose affine is in mm.
        labels: of its dataset.json.

    Raises:
        ValueError: if the label map cannot be read.
    """
    try:
        image = nib.load(answer)
        voxels = np.asanyarray(image.dataobj)
    except (OSError, EOFError, zlib.error, nib.filebasedimages.ImageFileError) as error:
        raise ValueError(f"its label map cannot be read: {error}") from error
    voxel_ml = abs(np.linalg.det(image.affine[:3, :3])) / _UL_PER_ML
    counts = dict(zip(*np.unique(voxels, return_counts=True), strict=True))
    found = {}
    for name in names_of(labels):
        values = labels[name] if isinstance(labels[name], Sequence) else [labels[name]]
        found[name] = round(float(voxel_ml * sum(counts.get(value, 0) for value in values)), _DIGITS)
    return found


def table(records: Mapping[str, Mapping[str, Any]]) -> str:
    """CSV of the volumes of all cases: a row for each, a column for each label."""
    names = list(dict.fromkeys(name for record in records.values() for name in record["volumes_ml"]))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["case", *names])
    for case, record in records.items():
        writer.writerow([case, *(record["volumes_ml"].get(name, "") for name in names)])
    return stream.getvalue()
