from __future__ import annotations

from pathlib import Path

import numpy as np

from nnunet_spine.features.table import FeatureTable, read_features, table_of, write_features


def table() -> FeatureTable:
    rows = [
        (("t1", "1_t1", "1", 0, "canal", 30), {"deep": np.array([1.0, 0.0])}),
        (("t1", "1_t1", "1", 1, "canal", 10), {"deep": np.array([5.0, 4.0])}),
        (("t1", "1_t1", "1", 1, "discs", 7), {"deep": np.array([7.0, 7.0])}),
        (("t2", "1_t2", "1", 0, "canal", 5), {"deep": np.array([9.0, 9.0])}),
    ]
    return table_of(rows)


def test_slices_of_a_patient_weigh_by_their_voxels():
    one = table().by_patient()
    assert one.rows[["domain", "structure", "voxels"]].to_numpy().tolist() == [
        *(["t1", "canal", 40], ["t1", "discs", 7], ["t2", "canal", 5])
    ]
    assert np.allclose(one.layers["deep"], [[2, 1], [7, 7], [9, 9]])


def test_some_of_the_rows():
    one = table().where(table().rows["structure"] == "discs")
    assert one.layers["deep"].tolist() == [[7, 7]]
    assert one.rows["voxels"].to_dict() == {0: 7}


def test_a_file_gives_back_what_was_written(tmp_path: Path):
    before = table()
    for name in ("one.npz", "two.npz"):
        write_features(tmp_path / name, before, {"version": "1"})
    after = read_features(tmp_path / "one.npz")
    assert after.rows.astype(str).equals(before.rows.astype(str))
    assert np.array_equal(after.layers["deep"], before.layers["deep"])
    assert after.layers["deep"].dtype == before.layers["deep"].dtype
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
