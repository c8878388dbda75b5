"""What is written reads as SPIDER does."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from nnunet_spine.labels import CANAL_VALUE, DISC, DISC_OFFSET, STRUCTURES, VERTEBRA
from nnunet_spine.phantom.tables import GRADING_COLUMNS, OVERVIEW_COLUMNS

NAMES = [f"{number}_{sequence}" for number in (1, 2) for sequence in ("t1", "t2", "t2_SPACE")]
SPIDER = Path(__file__).resolve().parents[2] / "../shared/data/spider_space"


def read(root: Path, kind: str, name: str) -> sitk.Image:
    return sitk.ReadImage(str(root / kind / f"{name}.mha"))


def upright(image: sitk.Image) -> np.ndarray:
    """Array (feet to head, front to back, right to left)."""
    return sitk.GetArrayFromImage(sitk.DICOMOrient(image, "LPS"))


def test_every_series_has_an_image_and_a_mask_and_nothing_else_is_there(phantom):
    for kind in ("images", "masks"):
        assert sorted(file.name for file in (phantom / kind).iterdir()) == sorted(f"{name}.mha" for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_image_and_mask_share_their_geometry(phantom, name):
    image, mask = read(phantom, "images", name), read(phantom, "masks", name)
    assert image.GetSize() == mask.GetSize()
    assert image.GetSpacing() == mask.GetSpacing()
    assert image.GetOrigin() == mask.GetOrigin()
    assert image.GetDirection() == mask.GetDirection()


@pytest.mark.parametrize("name", NAMES)
def test_mask_values_are_levels_from_one_without_gaps(phantom, name):
    present = set(np.unique(sitk.GetArrayFromImage(read(phantom, "masks", name))).tolist()) - {0}
    assert present <= set(STRUCTURES)
    levels = {
        group: sorted(STRUCTURES[v].level for v in present if STRUCTURES[v].group == group)
        for group in (VERTEBRA, DISC)
    }
    assert levels[VERTEBRA] == levels[DISC] == list(range(1, len(levels[VERTEBRA]) + 1))
    assert 6 <= len(levels[VERTEBRA]) <= 9
    assert CANAL_VALUE in present
    assert not any(STRUCTURES[value].partial for value in present)


@pytest.mark.parametrize("name", NAMES)
def test_discs_lie_below_their_vertebra_and_above_the_next(phantom, name):
    mask = upright(read(phantom, "masks", name))

    def height(value: int) -> float:
        return float(np.nonzero(mask == value)[0].mean())

    for level in range(1, 7):
        assert height(DISC_OFFSET + level) < height(level)
        if level > 1:
            assert height(level - 1) < height(DISC_OFFSET + level)


@pytest.mark.parametrize("name", NAMES)
def test_canal_lies_behind_the_discs(phantom, name):
    mask = upright(read(phantom, "masks", name))
    for level in range(1, 7):
        row = round(np.nonzero(mask == DISC_OFFSET + level)[0].mean())
        disc, canal = (np.nonzero(mask[row] == value)[0].mean() for value in (DISC_OFFSET + level, CANAL_VALUE))
        assert canal > disc


@pytest.mark.parametrize("number", [1, 2])
def test_t1_and_t2_share_the_mask_to_the_byte(phantom, number):
    first, second = ((phantom / "masks" / f"{number}_{name}.mha").read_bytes() for name in ("t1", "t2"))
    assert first == second


def test_both_conventions_occur(phantom):
    lps, pir = read(phantom, "images", "1_t1"), read(phantom, "images", "2_t1")
    assert np.allclose(lps.GetDirection(), np.eye(3).ravel())
    axes = np.array(pir.GetDirection()).reshape(3, 3)
    assert np.allclose(axes.T @ axes, np.eye(3), atol=1e-9)
    assert np.allclose(axes, [[0, 0, -1], [1, 0, 0], [0, -1, 0]], atol=0.15)
    values = sitk.GetArrayFromImage(lps)
    assert (values.min(), values.max()) == (-1000, 3096)
    assert 0.005 < np.mean(values == 3096) < 0.1
    values = sitk.GetArrayFromImage(pir)
    assert 0 <= values.min() < 5
    assert 349 <= values.max() <= 1501


@pytest.mark.parametrize("name", ["1_t2_SPACE", "2_t2_SPACE"])
def test_space_is_always_pir_with_thin_slices(phantom, name):
    image = read(phantom, "images", name)
    assert image.GetDirection()[3] > 0.9
    assert sitk.GetArrayFromImage(image).min() >= 0
    ordinary = read(phantom, "images", name.replace("t2_SPACE", "t2"))
    assert max(image.GetSpacing()) < 0.6 * max(ordinary.GetSpacing())


@pytest.mark.parametrize("name", NAMES)
def test_axis_of_largest_spacing_is_the_sagittal_one(phantom, name):
    image = sitk.DICOMOrient(read(phantom, "images", name), "LPS")
    spacing = image.GetSpacing()
    assert spacing[0] == max(spacing)
    assert spacing[1] == pytest.approx(spacing[2])


def rows_of(file: Path) -> tuple[list[str], list[dict[str, str]]]:
    with file.open(newline="") as stream:
        reader = csv.DictReader(stream)
        return list(reader.fieldnames), list(reader)


def test_overview_names_every_series_with_both_subsets(phantom):
    assert (phantom / "overview.csv").read_bytes().count(b"\r\n") == 1 + len(NAMES)
    columns, rows = rows_of(phantom / "overview.csv")
    assert columns == list(OVERVIEW_COLUMNS)
    assert [row["new_file_name"] for row in rows] == NAMES
    assert {row["new_file_name"].split("_")[0]: row["subset"] for row in rows} == {"1": "training", "2": "validation"}
    for row in rows:
        present = np.unique(sitk.GetArrayFromImage(read(phantom, "masks", row["new_file_name"])))
        assert int(row["num_vertebrae"]) == sum(1 <= value < CANAL_VALUE for value in present)
        assert int(row["num_discs"]) == sum(value > DISC_OFFSET for value in present)
        assert row["sex"] in ("F", "F ", "M", "M ")


def test_gradings_name_every_disc(phantom):
    columns, rows = rows_of(phantom / "radiological_gradings.csv")
    assert columns == list(GRADING_COLUMNS)
    for number in ("1", "2"):
        levels = [int(row["IVD label"]) for row in rows if row["Patient"] == number]
        assert levels == list(range(1, len(levels) + 1))
    assert all(1 <= int(row["Pfirrman grade"]) <= 5 for row in rows)


@pytest.mark.skipif(not SPIDER.is_dir(), reason="SPIDER's tables are not here")
@pytest.mark.parametrize("table", ["overview.csv", "radiological_gradings.csv"])
def test_tables_have_the_columns_of_spider(phantom, table):
    assert rows_of(phantom / table)[0] == rows_of(SPIDER / table)[0]
