"""A case as the page's script reads it, and what happens where files are gone or changed."""

from __future__ import annotations

import io
import json
import os
import zlib
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnunet_spine.casebook import CaseFiles, NotAvailableError, SourceFile, draw_case
from nnunet_spine.casebook.encode import distance_bytes, grey_bytes

from .conftest import SHAPE, volume, write


def unpacked(text: str, data: dict) -> np.ndarray:
    array = np.frombuffer(zlib.decompress(b64decode(text)), np.uint8)
    return array.reshape(len(data["slices"]), data["rows"], data["columns"])


def test_label_maps_are_shown_as_they_are(files: CaseFiles):
    pictures = draw_case(files)
    data = json.loads(json.dumps(pictures.data))
    expected = volume()[1:4].swapaxes(1, 2)[:, ::-1, ::-1]
    np.testing.assert_array_equal(unpacked(data["reference"], data), expected)
    assert [one["name"] for one in data["predictions"]] == ["A", "B"]
    np.testing.assert_array_equal(unpacked(data["predictions"][1]["labels"], data), expected)
    assert (data["pixel_mm"], data["slices"], data["total"]) == ([0.5, 0.5], [1, 2, 3], 5)
    assert pictures.notes == ()


def test_it_begins_with_the_worst_slice_of_the_structure(files: CaseFiles):
    data = draw_case(files).data
    assert data["slices"][data["start"]] == 3


def test_image_is_a_picture_of_each_slice(files: CaseFiles):
    data = draw_case(files).data
    assert len(data["grey"]) == 3
    with Image.open(io.BytesIO(b64decode(data["grey"][0].split(",")[1]))) as picture:
        assert (picture.size, picture.mode) == ((data["columns"], data["rows"]), "L")
        shown = np.asarray(picture, int)
    np.testing.assert_allclose(shown, 127 * volume()[1].T[::-1, ::-1], atol=40)


def test_distances_of_a_right_prediction_are_zero(files: CaseFiles):
    data = draw_case(files).data
    for key in ("distances", "reference_distances"):
        assert set(np.unique(unpacked(data["predictions"][1][key], data))) == {0, 128}


def test_a_missed_part_is_far_on_the_border_of_the_reference(files: CaseFiles, tmp_path: Path):
    half = volume()
    half[:, :, 10:][half[:, :, 10:] == 2] = 0
    files = replace(files, predictions={"half": write(tmp_path / "half.nii.gz", half)})
    data = draw_case(files).data
    (prediction,) = data["predictions"]
    canal = unpacked(data["reference"], data) == 2
    codes = unpacked(prediction["reference_distances"], data)
    assert codes[canal & (codes > 0)].min() == 28  # 6 mm from what was found: too small by 5 mm or more
    assert codes[canal].max() == 128
    # The predicted border alone tells next to nothing of it: half a millimetre within where it was cut.
    assert set(np.unique(unpacked(prediction["distances"], data)[canal])) == {0, 118, 128}


def test_what_was_not_predicted_at_all_has_its_border(files: CaseFiles, tmp_path: Path):
    without = np.where(volume() == 2, 0, volume())
    files = replace(files, predictions={"without": write(tmp_path / "without.nii.gz", without)})
    data = draw_case(files).data
    codes = unpacked(data["predictions"][0]["reference_distances"], data)
    assert set(np.unique(codes[unpacked(data["reference"], data) == 2])) == {0, 255}


def test_ignored_voxels_have_no_border(files: CaseFiles, tmp_path: Path):
    reference = volume()
    reference[:, 15:] = 3
    files = replace(files, reference=write(tmp_path / "with_ignore.nii.gz", reference))
    data = draw_case(files).data
    ignored = unpacked(data["reference"], data) == 3
    assert ignored.any()
    for key in ("distances", "reference_distances"):
        codes = unpacked(data["predictions"][1][key], data)
        assert not codes[ignored].any()
        assert set(np.unique(codes)) == {0, 128}
    assert [one["name"] for one in data["labels"]] == ["vertebrae", "canal"]


def test_bytes_of_distances():
    codes = distance_bytes(np.array([np.nan, -9, -5, -2.5, 0, 2.5, 5, 9, np.inf], np.float32))
    assert codes.tolist() == [0, 28, 28, 78, 128, 178, 228, 228, 255]


def test_grey_leaves_out_the_ends():
    grey = grey_bytes(np.array([*range(1000), 10**6], float))
    assert (grey.min(), grey.max(), grey[500]) == (0, 255, 128)
    assert not grey_bytes(np.full(5, 3.0)).any()
    assert not grey_bytes(np.array([np.nan, np.nan])).any()


def test_a_file_that_is_gone(files: CaseFiles):
    files.reference.path.unlink()
    with pytest.raises(NotAvailableError, match=r"reference\.nii\.gz is not there any more"):
        draw_case(files)


def test_a_file_that_has_changed(files: CaseFiles, tmp_path: Path):
    write(tmp_path / "a.nii.gz", np.zeros(SHAPE, np.uint8))
    with pytest.raises(NotAvailableError, match=r"a\.nii\.gz has changed since it was evaluated"):
        draw_case(files)


def test_a_file_that_was_only_touched_is_the_same(files: CaseFiles):
    os.utime(files.reference.path, ns=(1, 1))
    assert draw_case(files).notes == ()


def test_another_size_is_another_file(files: CaseFiles, tmp_path: Path):
    other = write(tmp_path / "other.nii.gz", np.zeros((5, 20, 25), np.uint8))
    with pytest.raises(NotAvailableError, match="its size is another one"):
        draw_case(replace(files, reference=SourceFile(other.path)))


def test_what_is_not_needed_may_be_missing(files: CaseFiles):
    files.predictions["B"].path.unlink()
    files.image.path.unlink()
    pictures = draw_case(files)
    assert [one["name"] for one in pictures.data["predictions"]] == ["A"]
    assert pictures.data["grey"] == []
    assert [note.split(":")[0] for note in pictures.notes] == [
        "No picture of the prediction by B",
        "Label maps without the image",
    ]
    assert "--images" in draw_case(replace(files, image=None)).notes[1]


def test_damaged_files_say_what_is_wrong(files: CaseFiles, tmp_path: Path):
    path = tmp_path / "damaged.nii.gz"
    path.write_bytes(files.reference.path.read_bytes()[:-40])
    with pytest.raises(NotAvailableError, match=r"damaged\.nii\.gz: (truncated|cannot)"):
        draw_case(replace(files, reference=SourceFile(path)))
