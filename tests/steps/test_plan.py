"""Plans with another batch and patch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnunet_spine.steps import plan

PLANS = {
    "plans_name": "a",
    "configurations": {
        "2d": {
            "batch_size": 12,
            "patch_size": [32, 64],
            "architecture": {"arch_kwargs": {"strides": [[1, 1], [2, 2], [1, 2]]}},
        },
        "3d_fullres": {"batch_size": 2},
    },
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "plans.json").write_text(json.dumps(PLANS))
    return tmp_path / "plans.json"


def test_what_is_asked_for_changes_and_nothing_else(file: Path):
    plan.main([str(file), "2d", "--batch-size", "3", "--patch-size", "6", "8"])
    expected = json.loads(json.dumps(PLANS))
    expected["configurations"]["2d"] |= {"batch_size": 3, "patch_size": [6, 8]}
    assert json.loads(file.read_text()) == expected


@pytest.mark.parametrize("patch", ["6 6", "5 8", "0 8", "8", "8 8 8"])
def test_a_patch_that_the_network_cannot_divide(file: Path, patch: str):
    with pytest.raises(ValueError, match="expected a multiple of 2 x a multiple of 4, which the planned network"):
        plan.main([str(file), "2d", "--patch-size", *patch.split()])


def test_a_configuration_that_there_is_not(file: Path):
    with pytest.raises(ValueError, match="expected a configuration out of 2d, 3d_fullres, got 3d"):
        plan.main([str(file), "3d", "--batch-size", "3"])
