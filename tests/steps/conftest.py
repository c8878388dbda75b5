"""A raw data set by the names of its files alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from nnunet_spine.plumbing.datasets import RawDataset, read_raw_dataset

MakeRaw = Callable[..., RawDataset]


@pytest.fixture
def make_raw(tmp_path: Path) -> MakeRaw:
    """Makes a data set with training and labelled test cases, and with the converter's record of some of them."""

    def make(training: str, test: str = "", recorded: Mapping[str, tuple[str, str]] | None = None) -> RawDataset:
        folder = tmp_path / "raw" / "Dataset007_Test"
        for part, names in (("Tr", training.split()), ("Ts", test.split())):
            for name in ("images", "labels"):
                (folder / f"{name}{part}").mkdir(parents=True)
            for name in names:
                (folder / f"images{part}" / f"{name}_0000.nii.gz").write_text(f"image of {name}")
                (folder / f"labels{part}" / f"{name}.nii.gz").write_text(f"label of {name}")
        description = {"channel_names": {"0": "MRI"}, "labels": {"background": 0, "a": 1}, "file_ending": ".nii.gz"}
        (folder / "dataset.json").write_text(json.dumps(description))
        if recorded:
            cases = [{"case": case, "patient": of[0], "sequence": of[1]} for case, of in recorded.items()]
            (folder / "manifest.json").write_text(json.dumps({"cases": cases}))
        return read_raw_dataset(folder)

    return make
