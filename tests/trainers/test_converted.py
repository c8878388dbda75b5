"""The converter's data set with an ignore label goes through nnU-Net's own planning and preprocessing."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np

from nnunet_spine.labels import scheme_of

from .conftest import DATASET, blocks


def test_nnunet_takes_labels_and_folds_as_they_were_converted(nnunet_folders: Path):
    preprocessed, raw = (nnunet_folders / f"nnUNet_{name}" / DATASET for name in ("preprocessed", "raw"))
    names = json.loads((preprocessed / "dataset.json").read_text())["labels"]
    assert names["ignore"] == scheme_of("14class").ignore_value
    for number in range(5):
        label = nibabel.load(preprocessed / "gt_segmentations" / f"{number + 1}_t1.nii.gz")
        assert np.array_equal(label.dataobj, scheme_of("14class").lookup()[blocks(number)[1]])
        assert (np.asarray(label.dataobj) == names["ignore"]).any()
    folds = [json.loads((folder / "splits_final.json").read_text()) for folder in (preprocessed, raw)]
    assert folds[0] == folds[1]


def test_nnunet_plans_with_the_reader_that_reorients(nnunet_folders: Path):
    plans = json.loads((nnunet_folders / "nnUNet_preprocessed" / DATASET / "nnUNetPlans.json").read_text())
    assert plans["image_reader_writer"] == "NibabelIOWithReorient"
    assert plans["original_median_spacing_after_transp"] == [4.0, 1.0, 1.0]
