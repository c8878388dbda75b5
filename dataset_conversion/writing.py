"""Writing volumes and JSON, each file whole or not at all."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, BinaryIO

import nibabel as nib
import numpy as np

from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.plumbing.files import write_beside, write_text

GZIP_LEVEL = 1
"""By measurement (docs/conversion.md): level 6 takes 3 to 6 times as long and saves less than a tenth of an image."""


def write_nifti(path: Path, volume: Volume) -> int:
    """Write a volume as .nii.gz, both transforms set, without a time stamp so that equal input gives equal files.

    Args:
        path: the target, ending in .nii.gz.
        volume: voxels of a type that NIfTI knows.

    Returns:
        Size of the file in bytes.

    Raises:
        OSError: if it cannot be written; nothing is left behind then.
    """
    image = nib.Nifti1Image(volume.data, volume.affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(volume.affine, code="scanner")
    image.set_qform(volume.affine, code="scanner")
    return write_image(path, image)


def write_image(path: Path, image: nib.Nifti1Image) -> int:
    """As `write_nifti`, with the image's own header."""

    def write(file: BinaryIO) -> None:
        with gzip.GzipFile("", "wb", compresslevel=GZIP_LEVEL, fileobj=file, mtime=0) as stream:
            image.to_stream(stream)

    write_beside(path, write)
    return path.stat().st_size


def write_json(path: Path, content: Any) -> None:
    """Write JSON; NumPy scalars become numbers."""
    write_text(path, json.dumps(content, indent=2, default=np.generic.item) + "\n")
