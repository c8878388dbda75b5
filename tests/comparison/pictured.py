"""Made-up results whose files are there: small volumes with errors that differ from case to case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np

from nnunet_spine.dataset_conversion.provenance import fingerprint
from nnunet_spine.evaluation.results import Results

SHAPE, SPACING_MM = (4, 30, 40), (4.0, 1.0, 1.0)


def with_files(results: Results, folder: Path, shift: int, top: int = SHAPE[2]) -> Results:
    """The same rows with folders that hold a file for every case.

    Args:
        results: rows.
        folder: for the files; references and images are written once for all arms.
        shift: by which the prediction lies too far back, in voxels.
        top: from which on the prediction has nothing.
    """
    predicted = _spine(shift)
    predicted[:, :, top:] = 0
    volumes = {"reference": _spine(0), "prediction": predicted, "image": (60 * _spine(0) + 5).astype(np.uint8)}
    folders = {"reference": "references", "prediction": f"predictions{shift}", "image": "images"}
    cases = []
    for case in results.cases:
        prints = {}
        for kind, volume in volumes.items():
            path = folder / folders[kind] / case.files[kind]
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                nib.save(nib.Nifti1Image(volume, np.diag([*SPACING_MM, 1.0])), path)
            prints[kind] = fingerprint(path)
        cases.append(replace(case, shape=SHAPE, spacing_mm=SPACING_MM, fingerprints=prints))
    places = {name: str(folder / folders[kind]) for name, kind in _NAMES.items()}
    return Results(replace(results.run, **places), tuple(cases))


_NAMES = {"reference": "reference", "prediction": "prediction", "images": "image"}


def _spine(shift: int) -> np.ndarray:
    """Vertebrae, canal and discs in the middle slices, moved backwards."""
    labels = np.zeros(SHAPE, np.uint8)
    for value, columns in ((1, slice(14, 24)), (2, slice(8, 12))):
        labels[1:3, columns, 4:36] = value
    labels[1:3, 14:24, 12:15] = labels[1:3, 14:24, 24:27] = 3
    return np.roll(labels, -shift, axis=1)
