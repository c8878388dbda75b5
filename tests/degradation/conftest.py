"""Small images: a phantom that is symmetrical in the body's axes, and folders of inputs in several orientations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nibabel.orientations import axcodes2ornt, ornt_transform

from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.degradation.scan import Scan, scan_of

SHAPE, SPACING_MM = (12, 48, 60), (3.0, 0.8, 0.5)
"""Size and spacing in RAS order."""


def affine_of(spacing_mm: tuple[float, ...]) -> np.ndarray:
    """Oblique and off centre."""
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = (-8, 20, -30)
    affine[0, 1], affine[1, 0] = -0.05, 0.2
    return affine


def ellipsoid(shape: tuple[int, ...], share: float = 0.5) -> np.ndarray:
    """Smooth at its edge, its middle at the middle of the array, 200 in a surrounding of 40."""
    axes = np.meshgrid(*(np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in shape), indexing="ij")
    return 40 + 160 / (1 + np.exp(20 * (np.sqrt(sum(axis**2 for axis in axes)) - share)))


@pytest.fixture
def scan() -> Scan:
    """The phantom."""
    return make_scan(ellipsoid(SHAPE))


def make_scan(data: np.ndarray, spacing_mm: tuple[float, ...] = SPACING_MM) -> Scan:
    """An array in RAS order as a scan."""
    return scan_of(Volume(data, np.diag([*spacing_mm, 1.0])))


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same in every test."""
    return np.random.default_rng(1)


def textured(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """The phantom with a grain that every condition changes."""
    grain = np.random.default_rng(seed).normal(0, 8, shape)
    return np.clip(np.rint(ellipsoid(shape) + grain), 1, None)


def save(path: Path, data: np.ndarray, codes: str = "RAS", spacing_mm: tuple[float, ...] = SPACING_MM) -> Path:
    """Write an array in RAS order with its axes in another order and a header that nobody would write by default."""
    image = nib.Nifti1Image(data, affine_of(spacing_mm))
    image = image.as_reoriented(ornt_transform(axcodes2ornt("RAS"), axcodes2ornt(codes)))
    image.header.set_xyzt_units("mm", "sec")
    image.set_sform(image.affine, code="aligned")
    image.set_qform(image.affine, code="scanner", strip_shears=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image, path)
    return path


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder of three cases: of integers, of floating-point numbers, and in another orientation."""
    folder = tmp_path / "imagesTs"
    save(folder / "1_t1_0000.nii.gz", textured(SHAPE, 1).astype(np.uint8))
    save(folder / "1_t2_0000.nii.gz", textured(SHAPE, 2).astype(np.float32), "PIR")
    save(folder / "2_t1_0000.nii.gz", textured(SHAPE, 3).astype(np.int16), "LPI")
    return folder


@pytest.fixture
def state() -> Callable[[Path], dict[str, tuple[int, bytes]]]:
    """Function that tells what lies below a folder, hidden files too."""

    def look(folder: Path) -> dict[str, tuple[int, bytes]]:
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    return look
