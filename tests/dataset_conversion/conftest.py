"""Tiny SPIDER folders: block spines of a few hundred voxels in any of SPIDER's two conventions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, ornt_transform

from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.labels import CANAL_VALUE, DISC_OFFSET

SHAPE, SPACING_MM = (6, 10, 24), (3.0, 0.8, 0.7)
"""Size and spacing in RAS order: left-right, back-front, feet-head."""


@pytest.fixture
def spine() -> Volume:
    """Three vertebrae with discs and a canal in SPIDER's numbering, in RAS; the outer slices are empty."""
    mask = np.zeros(SHAPE, np.uint8)
    for level in (1, 2, 3):
        bottom = 7 * level - 6
        mask[1:5, 4:8, bottom : bottom + 2] = DISC_OFFSET + level
        mask[1:5, 4:8, bottom + 2 : bottom + 6] = level
    mask[2:4, 1:3, 1:22] = CANAL_VALUE
    affine = np.diag([*SPACING_MM, 1.0])
    affine[:3, 3] = (-12.0, 30.0, -55.0)
    return Volume(mask, affine)


@pytest.fixture
def anatomy(spine: Volume) -> Volume:
    """Intensities 0 to 400 of the same spine; the margin is padding."""
    rng = np.random.default_rng(7)
    data = np.zeros(SHAPE, np.int16)
    data[:, 1:-1, 1:-1] = rng.integers(1, 400, data[:, 1:-1, 1:-1].shape)
    return Volume(data, spine.affine)


def reoriented(volume: Volume, codes: str) -> Volume:
    """The same voxels of an RAS volume in another order of axes."""
    turn = ornt_transform(axcodes2ornt("RAS"), axcodes2ornt(codes))
    affine = volume.affine @ inv_ornt_aff(turn, volume.data.shape)
    return Volume(np.ascontiguousarray(apply_orientation(volume.data, turn)), affine)


def save(path: Path, volume: Volume, compress: bool = True) -> Path:
    """Write a volume by SimpleITK."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.data.transpose()))
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path), compress)
    return path


class Spider:
    """A SPIDER folder under construction."""

    def __init__(self, root: Path, image: Volume, mask: Volume) -> None:
        self.root, self.image, self.mask = root, image, mask

    def add(
        self,
        case: str,
        *,
        codes: str = "LPS",
        floor: int = -1000,
        image: np.ndarray | None = None,
        mask: np.ndarray | None = None,
    ) -> None:
        """Write a series; arrays replace the usual ones, in RAS order."""
        data = (self.image.data if image is None else image) + floor
        values = self.mask.data if mask is None else mask
        for folder, array in (("images", data), ("masks", values)):
            volume = reoriented(Volume(array, self.mask.affine), codes)
            save(self.root / folder / f"{case}.mha", volume)

    def overview(self, subsets: Mapping[str, str], columns: Sequence[str] = ("new_file_name", "subset")) -> None:
        """Write overview.csv as SPIDER's: CRLF, blanks after values, further columns."""
        lines = [",".join((columns[0], "sex", columns[1]))]
        lines += [f"{case},F ,{subset} " for case, subset in subsets.items()]
        (self.root / "overview.csv").write_bytes("".join(f"{line}\r\n" for line in lines).encode())


@pytest.fixture
def spider(tmp_path: Path, anatomy: Volume, spine: Volume) -> Spider:
    """An empty folder to add series to."""
    root = tmp_path / "spider"
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    return Spider(root, anatomy, spine)


@pytest.fixture
def small(spider: Spider) -> Spider:
    """Three training patients, one of them with T1 and T2, and a validation patient."""
    spider.add("1_t1")
    spider.add("1_t2", codes="PIR", floor=0)
    spider.add("2_t2")
    spider.add("10_t1")
    spider.add("3_t2_SPACE", codes="PIR", floor=0)
    subsets = dict.fromkeys(("1_t1", "1_t2", "2_t2", "10_t1", "99_t1"), "training") | {"3_t2_SPACE": "validation"}
    spider.overview(subsets)
    return spider


@pytest.fixture
def nnunet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """nnU-Net's three folders, not yet created; the parent of them."""
    for name in ("raw", "preprocessed", "results"):
        monkeypatch.setenv(f"nnUNet_{name}", str(tmp_path / "nnunet" / name))
    return tmp_path / "nnunet"


@pytest.fixture
def contents() -> Callable[[Path], set[str]]:
    """All files below a folder, hidden ones too."""
    return lambda root: {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
