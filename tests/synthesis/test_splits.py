"""Folds of copies: none of a patient on both sides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnunet_spine.dataset_conversion.splits import Splits
from nnunet_spine.plumbing.datasets import RawDataset
from nnunet_spine.synthesis.splits import splits_of_copies

COPIES = {case: [f"{case}_synth000", f"{case}_synth001"] for case in ("1_t1", "1_t2", "2_t1")}


def patient_of(copy: str) -> str:
    return copy.split("_")[0]


def sides(splits: Splits) -> list[tuple[set[str], set[str]]]:
    return [(set(fold["train"]), set(fold["val"])) for fold in splits]


def test_the_sources_own_folds_come_first(source: RawDataset, nnunet: Path):
    own = [{"train": ["1_t1"], "val": ["2_t1", "gone"]}]
    for folder, folds in ((source.folder, []), (nnunet / "preprocessed" / source.name, own)):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "splits_final.json").write_text(json.dumps(folds))
    splits, by = splits_of_copies(source, nnunet / "preprocessed", COPIES)
    assert splits == [{"train": COPIES["1_t1"], "val": COPIES["2_t1"]}]
    assert by.endswith("splits_final.json")
    (nnunet / "preprocessed" / source.name / "splits_final.json").unlink()
    assert splits_of_copies(source, nnunet / "preprocessed", COPIES)[0] == []


def test_recorded_patients_come_next(source: RawDataset, nnunet: Path):
    cases = [{"case": case, "patient": patient_of(case), "sequence": "t1"} for case in COPIES]
    (source.folder / "manifest.json").write_text(json.dumps({"cases": cases}))
    splits, by = splits_of_copies(source, nnunet / "preprocessed", COPIES)
    assert by == "by patient"
    assert len(splits) == 2
    for train, val in sides(splits):
        assert train | val == {copy for copies in COPIES.values() for copy in copies}
        assert not {patient_of(copy) for copy in train} & {patient_of(copy) for copy in val}


def test_otherwise_copies_of_a_case_stay_together(source: RawDataset, nnunet: Path):
    splits, by = splits_of_copies(source, nnunet / "preprocessed", COPIES)
    assert "by case" in by
    assert len(splits) == 3
    for _, val in sides(splits):
        assert val in [set(copies) for copies in COPIES.values()]


def test_a_single_case_cannot_be_split(source: RawDataset, nnunet: Path):
    assert splits_of_copies(source, nnunet, {"1_t1": COPIES["1_t1"]})[0] is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("splits_final.json", "{"),
        ("splits_final.json", '{"train": []}'),
        ("splits_final.json", '[{"train": ["1_t1"]}]'),
        ("splits_final.json", '[{"train": ["1_t1"], "val": 5}]'),
        ("manifest.json", '{"cases": [{}]}'),
    ],
)
def test_what_cannot_be_read_is_told(name: str, content: str, source: RawDataset, nnunet: Path):
    (source.folder / name).write_text(content)
    with pytest.raises(ValueError, match=f"{name}: expected"):
        splits_of_copies(source, nnunet / "preprocessed", COPIES)
