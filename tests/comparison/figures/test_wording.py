from __future__ import annotations

import pytest

from nnunet_spine.comparison.figures.wording import level_name, structure_name


@pytest.mark.parametrize(
    ("name", "whole", "level"),
    [
        ("vertebra_L5", "vertebra L5", "L5"),
        ("disc_L5_S1", "disc L5/S1", "L5/S1"),
        ("disc_T11_T12", "disc T11/T12", "T11/T12"),
        ("L5", "L5", "L5"),
        ("L4_L5", "L4/L5", "L4/L5"),
        ("L5-S1", "L5/S1", "L5/S1"),
        ("Spinal_canal", "Spinal canal", "Spinal canal"),
        ("mean", "mean of structures", "mean of structures"),
    ],
)
def test_levels_are_joined_by_a_stroke(name: str, whole: str, level: str):
    assert (structure_name(name), level_name(name)) == (whole, level)
