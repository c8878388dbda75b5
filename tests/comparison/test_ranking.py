from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.patients import ALL
from nnunet_spine.comparison.statistics.ranking import EVERYWHERE, ranking, stability

from .example import given

Collect = Callable[..., Collection]


def arms(collected: Collect, **values: list[float]) -> Collection:
    return collected(*(given(arm, {f"p{k}_t1": x for k, x in enumerate(some)}) for arm, some in values.items()))


def test_ranks_are_averaged_over_patients_and_ties_share_theirs(collected: Collect):
    frame = ranking(arms(collected, A=[0.9, 0.8, 0.7, 0.6], B=[0.8, 0.8, 0.8, 0.5], C=[0.1, 0.2, 0.8, 0.1]))
    assert list(frame["mean_rank"]) == pytest.approx(
        [(1 + 1.5 + 3 + 1) / 4, (2 + 1.5 + 1.5 + 2) / 4, (3 + 3 + 1.5 + 3) / 4]
    )
    assert list(frame["place"]) == [1, 2, 3]
    assert list(frame["mean"]) == pytest.approx([0.75, 0.725, 0.3])
    assert (frame["n_patients"] == 4).all()


def test_one_very_bad_patient_changes_the_mean_and_not_the_ranks(collected: Collect):
    frame = ranking(arms(collected, A=[0.9, 0.9, 0.9, 0.1], B=[0.8, 0.8, 0.8, 0.8])).set_index("arm")
    assert frame["place"].to_dict() == {"A": 1, "B": 2}
    assert frame["place_by_mean"].to_dict() == {"A": 2, "B": 1}


def test_less_is_better_of_a_distance(collected: Collect):
    collection = arms(collected, A=[0.9, 0.8], B=[0.8, 0.7])
    assert list(ranking(collection, "hd95_mm")["place"]) == [1, 2]


def test_arms_that_are_level_share_the_better_place(collected: Collect):
    frame = ranking(arms(collected, A=[0.9, 0.8], B=[0.9, 0.8], C=[0.1, 0.1]))
    assert list(frame["place"]) == list(frame["place_by_mean"]) == [1, 1, 3]
    assert list(frame["mean_rank"]) == [1.5, 1.5, 3]


def test_only_patients_that_all_arms_have_are_ranked(collected: Collect):
    frame = ranking(arms(collected, A=[0.9, 0.8, 0.1], B=[0.8, 0.7]))
    assert (frame["n_patients"] == 2).all()
    assert frame["mean"].iloc[0] == pytest.approx(0.85)
    none = collected(given("A", {"p1_t1": 0.5}), given("B", {"p2_t1": 0.5}))
    assert ranking(none).empty
    assert stability(none) is None


def test_known_effects_are_ranked(full: Collection):
    frame = ranking(full)
    assert set(frame["condition"]) == {"as acquired"}, "the N-shot series has no other"
    of_all = frame[frame["sequence"] == ALL].set_index("arm")
    assert of_all["place"]["Mix"] == 1
    assert of_all["place"]["Real"] == 6
    assert frame[frame["sequence"] == "t2"].set_index("arm")["place"]["Real"] == 2


def test_all_conditions_together_are_means_of_every_patient(collected: Collect):
    conditions = [("as acquired", None, 0.0), ("noise", 1.0, 0.3)]
    runs = [
        given(arm, {"p1_t1": dice - loss, "p2_t1": dice - loss}, condition=condition, level=level)
        for arm, dice in (("A", 0.9), ("B", 0.8))
        for condition, level, loss in conditions
    ]
    frame = ranking(collected(*runs))
    assert list(frame["condition"].drop_duplicates()) == ["as acquired", "noise", EVERYWHERE]
    everywhere = frame[frame["condition"] == EVERYWHERE]
    assert list(everywhere["mean"]) == pytest.approx([0.75, 0.65])
    assert (everywhere["n_patients"] == 2).all()


def test_a_clear_ranking_is_the_same_in_every_resample(collected: Collect):
    found = stability(arms(collected, A=[0.9, 0.8, 0.7], B=[0.8, 0.7, 0.6], C=[0.1, 0.2, 0.3]))
    assert found is not None
    np.testing.assert_array_equal(found.shares, np.eye(3))
    assert found.n_patients == 3


def test_an_open_ranking_is_split(collected: Collect):
    collection = arms(collected, A=[0.9, 0.1, 0.9, 0.1], B=[0.8, 0.8, 0.8, 0.8])
    found = stability(collection)
    assert found is not None
    # Level with two of four for each; ahead in 5/16 of the resamples, level in 6/16.
    assert found.shares.loc["A", 1] == pytest.approx(11 / 16, abs=0.05)
    np.testing.assert_allclose(found.shares.sum(axis=1), 1)
    again = stability(collection)
    assert again is not None
    pd.testing.assert_frame_equal(found.shares, again.shares)


def test_a_single_arm_is_the_first(collected: Collect):
    collection = arms(collected, A=[0.9, 0.8])
    assert list(ranking(collection)["place"]) == [1]
    found = stability(collection)
    assert found is not None
    np.testing.assert_array_equal(found.shares, [[1]])


def test_stability_is_that_of_the_setting_asked_for(full: Collection):
    found = stability(full, setting=("as acquired", float("nan"), "t1"))
    assert found is not None
    assert found.shares.loc["Real", 6] == 1
    assert stability(full, setting=("noise", 1.0, "t1")) is None
