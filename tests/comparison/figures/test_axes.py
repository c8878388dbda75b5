from __future__ import annotations

import math

import numpy as np
import pytest

from nnunet_spine.comparison.figures.axes import dodge, draw_points, metric_axis
from nnunet_spine.comparison.figures.style import arm_styles
from nnunet_spine.comparison.statistics.measures import measure_of
from nnunet_spine.figure_style import new_figure


@pytest.mark.parametrize("which", ["x", "y"])
@pytest.mark.parametrize("column", ["dice", "nsd", "hd95_mm_penalised", "assd_mm"])
@pytest.mark.parametrize("values", [[0.0], [1.0], [0.0, 1.0], [0.85, 0.9, math.nan], [0.3, 0.95], [math.nan], []])
@pytest.mark.parametrize("scale", [1, 440])
def test_no_value_lies_outside_an_axis(which: str, column: str, values: list[float], scale: int):
    measure = measure_of(column)
    shown = [value * scale if measure.metric.unit else value for value in values]
    ax = new_figure(3).subplots()
    metric_axis(ax, measure, shown, which)
    low, high = ax.get_xlim() if which == "x" else ax.get_ylim()
    assert all(low < value < high for value in shown if math.isfinite(value))
    assert (ax.get_xlabel() if which == "x" else ax.get_ylabel()) == measure.label


def test_differences_of_good_arms_are_seen():
    ax = new_figure(3).subplots()
    metric_axis(ax, measure_of("dice"), [0.91, 0.93], "y")
    low, high = ax.get_ylim()
    assert high - low < 0.12


def test_equal_ratios_of_distances_are_equally_far():
    ax = new_figure(3).subplots()
    metric_axis(ax, measure_of("hd95_mm"), [0.0, 100.0], "x")
    at = ax.transData.transform([(value, 0) for value in (0, 1, 10, 100)])[:, 0]
    assert at[2] - at[1] == pytest.approx(at[3] - at[2])
    assert at[0] < at[1]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_what_stands_side_by_side_stands_around_its_place(count: int):
    offsets = dodge(count, 0.6)
    assert offsets.mean() == pytest.approx(0)
    assert np.ptp(offsets) < 0.6
    np.testing.assert_allclose(np.diff(offsets), 0.6 / count)


@pytest.mark.parametrize("y", [[], [math.nan]])
def test_nothing_is_drawn_of_no_values(y: list[float]):
    ax = new_figure(3).subplots()
    draw_points(ax, y, y, arm_styles(["a"])["a"])
    assert not ax.lines
