"""Cases of raw data sets as arrays: one orientation, back to the file's, errors that name the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnunet_spine.dataset_conversion.labelled import read_labelled
from nnunet_spine.dataset_conversion.reading import read_volume
from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.plumbing.datasets import RawCase

from .conftest import reoriented, save

LABELS = {"background": 0, "bones": [1, 2, 3], "canal": 100, "discs": [201, 202, 203]}


def write(folder: Path, image: Volume, mask: Volume, ending: str = ".nii.gz") -> RawCase:
    return RawCase("1_t1", (save(folder / f"1_t1_0000{ending}", image),), save(folder / f"1_t1{ending}", mask))


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PIR", "SAL"])
@pytest.mark.parametrize("ending", [".nii.gz", ".mha"])
def test_every_orientation_is_read_the_same_and_goes_back_to_its_own(
    codes: str, ending: str, tmp_path: Path, anatomy: Volume, spine: Volume
):
    case = write(tmp_path, reoriented(anatomy, codes), reoriented(spine, codes), ending)
    volume = read_labelled(case, LABELS)
    assert volume.spacing_mm == pytest.approx((0.7, 0.8, 3.0))
    assert (volume.image.dtype, volume.labels.dtype) == (np.float32, np.int16)
    np.testing.assert_array_equal(volume.image, anatomy.data.transpose())
    np.testing.assert_array_equal(volume.labels, spine.data.transpose())
    stored, file = volume.as_stored(volume.image), read_volume(case.images[0])
    np.testing.assert_array_equal(stored.data, file.data)
    np.testing.assert_array_equal(stored.affine, file.affine)


def test_label_values_must_be_those_of_the_data_set(tmp_path: Path, anatomy: Volume, spine: Volume):
    case = write(tmp_path, anatomy, spine)
    with pytest.raises(ValueError, match=r"1_t1\.nii\.gz: expected the labels .* \(0, 1, 2\), got 3, 100, 201"):
        read_labelled(case, {"background": 0, "a": 1, "b": [1, 2]})
    halves = Volume(spine.data * np.float32(0.5), spine.affine)
    with pytest.raises(ValueError, match=r"got 0\.5, 1\.5, 50"):
        read_labelled(write(tmp_path, anatomy, halves), LABELS)


def test_an_image_that_is_not_finite_is_refused(tmp_path: Path, anatomy: Volume, spine: Volume):
    data = anatomy.data.astype(np.float32)
    data[2, 3, 4:6] = np.nan, np.inf
    case = write(tmp_path, Volume(data, anatomy.affine), spine)
    with pytest.raises(ValueError, match=r"1_t1_0000\.nii\.gz: expected finite intensities, 2 voxels are"):
        read_labelled(case, LABELS)


def test_two_grids_are_refused(tmp_path: Path, anatomy: Volume, spine: Volume):
    affine = spine.affine.copy()
    affine[:3, 3] += 5
    with pytest.raises(ValueError, match=r"1_t1\.nii\.gz: does not lie where the image lies"):
        read_labelled(write(tmp_path, anatomy, Volume(spine.data, affine)), LABELS)


def test_a_damaged_file_is_named(tmp_path: Path, anatomy: Volume, spine: Volume):
    case = write(tmp_path, anatomy, spine)
    case.label.write_bytes(case.label.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"1_t1\.nii\.gz: truncated or damaged"):
        read_labelled(case, LABELS)
