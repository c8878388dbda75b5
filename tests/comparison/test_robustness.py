from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.bootstrap import mean_interval
from nnunet_spine.comparison.statistics.nshot import n_shot
from nnunet_spine.comparison.statistics.patients import ALL
from nnunet_spine.comparison.statistics.robustness import robustness
from nnunet_spine.evaluation.results import Results

from .example import LOSS, given
from .test_patients import value

Collect = Callable[..., Collection]
START = {"p1_t1": 0.9, "p2_t1": 0.8, "p3_t1": 0.85}


def worse(level: float, loss: float, condition: str = "resolution", arm: str = "A") -> Results:
    losses = {case: dice - loss * (1 + k / 10) for k, (case, dice) in enumerate(START.items())}
    return given(arm, losses, condition=condition, level=level)


def test_images_as_acquired_are_the_start(collected: Collect):
    curve = robustness(collected(given("A", START), worse(3.0, 0.2), worse(2.0, 0.1)))
    assert list(curve["level"]) == [1, 2, 3]
    assert list(curve["is_start"]) == [True, False, False]
    assert list(curve["mean"]) == pytest.approx([0.85, 0.85 - 0.11, 0.85 - 0.22])
    assert list(curve["change"]) == pytest.approx([0, -0.11, -0.22])
    changes = [-0.1, -0.11, -0.12]
    assert (curve["change_ci_low"][1], curve["change_ci_high"][1]) == pytest.approx(mean_interval(changes))


@pytest.mark.parametrize(("condition", "neutral"), [("resolution", 1.0), ("noise", 0.0), ("gamma", 1.0)])
def test_a_level_that_does_nothing_is_the_start_where_there_is_one(collected: Collect, condition: str, neutral: float):
    runs = [given("A", {"p1_t1": 0.1}), worse(neutral, 0.0, condition), worse(2.0, 0.1, condition)]
    curve = robustness(collected(*runs))
    assert list(curve["level"]) == [neutral, 2]
    assert curve["mean"][0] == pytest.approx(0.85)


def test_levels_on_both_sides_of_the_start_are_in_order(collected: Collect):
    runs = [given("A", START), worse(0.5, 0.1, "gamma"), worse(2.0, 0.1, "gamma")]
    curve = robustness(collected(*runs))
    assert list(curve["level"]) == [0.5, 1, 2]
    assert list(curve["is_start"]) == [False, True, False]


def test_without_a_start_there_is_no_change(collected: Collect):
    curve = robustness(collected(worse(2.0, 0.1), worse(3.0, 0.2)))
    assert curve["change"].isna().all()
    assert (curve["n_pairs"] == 0).all()


def test_changes_are_of_images_that_both_have(collected: Collect):
    # The start has an easier patient more.
    runs = [given("A", START | {"p9_t1": 1.0, "p1_t2": 0.7}), worse(2.0, 0.1)]
    curve = robustness(collected(*runs))
    row = value(curve, level=2.0)
    assert (row["change"], row["n_pairs"]) == (pytest.approx(-0.11), 3)


def test_the_start_is_of_the_images_that_were_made_worse(collected: Collect):
    curve = robustness(collected(given("A", START | {"p9_t1": 1.0, "p1_t2": 0.7}), worse(2.0, 0.1)))
    assert set(curve["sequence"]) == {"t1"}
    assert list(curve["mean"]) == pytest.approx([0.85, 0.85 - 0.11])


def test_a_condition_without_a_level_has_a_start_too(collected: Collect):
    runs = [given("A", START), given("A", {case: x - 0.3 for case, x in START.items()}, condition="another scanner")]
    curve = robustness(collected(*runs))
    assert list(curve["is_start"]) == [True, False]
    assert curve["level"].isna().all()
    assert curve["change"][1] == pytest.approx(-0.3)


def test_known_losses_are_found(full: Collection):
    curve = robustness(full)
    assert set(curve["condition"]) == {"noise", "resolution"}
    for condition in ("noise", "resolution"):
        rows = curve[(curve["condition"] == condition) & (curve["arm"] == "Mix") & (curve["sequence"] == ALL)]
        steps = rows["level"] - rows["level"].iloc[0]
        np.testing.assert_allclose(rows["change"], -LOSS[condition] * steps, atol=0.004)


def test_nothing_made_worse_gives_no_rows(collected: Collect):
    assert robustness(collected(given("A", START))).empty
    assert n_shot(collected(given("A", START))).empty


def test_n_shot_is_by_number_of_real_patients(full: Collection):
    curve = n_shot(full)
    rows = curve[curve["sequence"] == ALL]
    assert list(rows["real_patients"]) == [1, 2, 5]
    assert list(rows["series"].unique()) == ["Shot"]
    np.testing.assert_allclose(rows["mean"].diff()[1:], [0.01, 0.01 * math.log2(2.5)], atol=0.004)
    assert (rows["ci_low"] < rows["mean"]).all()
