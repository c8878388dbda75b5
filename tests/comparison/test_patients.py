from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.patients import ALL, MEAN, averaged_structures, patient_means, whole_sequence
from nnunet_spine.evaluation.results import Results

from .example import DIAGONAL_MM, given, make_results

Collect = Callable[..., Collection]


def value(frame: pd.DataFrame, **where: object) -> pd.Series:
    """The only row of these names."""
    for name, wanted in where.items():
        frame = frame[frame[name] == wanted]
    assert len(frame) == 1
    return frame.iloc[0]


def test_images_of_a_sequence_are_averaged_before_sequences(collected: Collect):
    means = patient_means(collected(given("A", {"p1_t1": 0.6, "p1_t1_b": 0.8, "p1_t2": 0.9})), "dice")
    assert value(means, sequence="t1")["value"] == pytest.approx(0.7)
    of_all = value(means, sequence=ALL)
    assert of_all["value"] == pytest.approx((0.7 + 0.9) / 2)
    assert of_all["n_cases"] == 3


def test_runs_of_an_arm_are_averaged_on_each_image(collected: Collect):
    folds = [given("A", {"p1_t1": 0.6, "p2_t1": 0.5}, seed=0), given("A", {"p1_t1": 0.8}, seed=1)]
    means = patient_means(collected(*folds), "dice")
    first = value(means, patient="p1")
    assert (first["value"], first["n_cases"], first["n_runs"]) == (pytest.approx(0.7), 1, 2)
    assert value(means, patient="p2")["n_runs"] == 1


def test_a_second_image_of_a_patient_is_no_second_observation(collected: Collect):
    once = patient_means(collected(given("A", {"p1_t1": 0.6, "p2_t1": 0.8})), "dice")
    twice = patient_means(collected(given("A", {"p1_t1": 0.6, "p1_t1_b": 0.6, "p2_t1": 0.8})), "dice")
    pd.testing.assert_frame_equal(once.drop(columns="n_cases"), twice.drop(columns="n_cases"))


def test_what_is_not_defined_is_left_out(collected: Collect):
    collection = collected(
        given("A", {"p1_t1": 0.6, "p1_t1_b": "absent", "p2_t1": "missed", "p3_t1": "false_positive"})
    )
    means = patient_means(collection, "dice").set_index("patient")["value"]
    assert means.to_dict() == {"p1": pytest.approx(0.6), "p2": 0}
    raw = patient_means(collection, "hd95_mm").set_index("patient")["value"]
    assert raw.to_dict() == {"p1": pytest.approx(8)}
    penalised = patient_means(collection, "hd95_mm_penalised").set_index("patient")["value"]
    assert penalised.to_dict() == {"p1": pytest.approx(8), "p2": pytest.approx(DIAGONAL_MM)}


def test_all_sequences_are_there_only_where_an_arm_has_several(collected: Collect):
    both = [given("A", {"p1_t1": 0.6, "p1_t2": 0.8}), given("A", {"p1_t2": 0.5}, condition="noise", level=1.0)]
    means = patient_means(collected(*both), "dice")
    assert set(means.loc[means["condition"] == "noise", "sequence"]) == {"t2"}
    assert ALL in set(means.loc[means["condition"] == "as acquired", "sequence"])
    alone = collected(given("A", {"p1_t1": 0.6}))
    assert set(patient_means(alone, "dice")["sequence"]) == {"t1"} == {whole_sequence(alone)}


def test_the_mean_of_structures_counts_none_twice(full: Collection, numbered: Collection, collected: Collect):
    assert averaged_structures(full) == ("vertebrae", "canal", "discs")
    assert len(averaged_structures(numbered)) == 13
    assert not {"vertebrae", "discs", "foreground"} & set(averaged_structures(numbered))
    mixed = collected(make_results("Real"), make_results("Synth", scheme="14class"))
    assert averaged_structures(mixed) == ("vertebrae", "canal", "discs")
    single = collected(given("A", {"p1_t1": 0.6}))
    assert MEAN not in set(patient_means(single, "dice")["structure"])


def labelled(results: Results, labels: dict[str, object]) -> Results:
    return replace(results, run=replace(results.run, labels=labels))


def test_labels_of_unknown_level_count_in_the_mean_of_structures(collected: Collect):
    names = ("vertebra_L5", "vertebra_T12", "vertebra_T11", "disc_L5_S1", "canal")
    some = given("A", {"p1_t1": 0.8}, structures=(*names, "vertebrae", "foreground"))
    labels = {"background": 0, **{name: k for k, name in enumerate(names, start=1)}}
    assert averaged_structures(collected(labelled(some, labels))) == names


def test_a_region_is_left_out_where_others_make_it_up(collected: Collect):
    some = given("A", {"p1_t1": 0.8}, structures=("spine", "bone", "canal", "vertebrae"))
    labels = {"background": 0, "spine": [1, 2, 3], "bone": [1, 3], "canal": 2, "vertebrae": 1}
    assert averaged_structures(collected(labelled(some, labels))) == ("bone", "canal", "vertebrae")


def test_the_mean_of_structures_is_that_of_those_in_the_reference(full: Collection):
    means = patient_means(full, "dice")
    means = means[(means["arm"] == "Mix") & (means["condition"] == "as acquired") & (means["sequence"] == "t1")]
    table = means.pivot(index="patient", columns="structure", values="value")
    assert table.loc["p07", "discs"] != table.loc["p07", "discs"], "the last patient has no discs"
    expected = table[["vertebrae", "canal", "discs"]].mean(axis=1)
    pd.testing.assert_series_equal(table[MEAN], expected, check_names=False)


def test_only_structures_that_all_runs_have(collected: Collect):
    mixed = collected(make_results("Real"), make_results("Synth", scheme="14class"))
    assert set(patient_means(mixed, "dice")["structure"]) == {"vertebrae", "canal", "discs", "foreground", MEAN}


def test_an_unknown_measure_is_refused(full: Collection):
    with pytest.raises(ValueError, match=r"expected one of dice, iou, .*hd95_mm_penalised.*, got 'Dice'"):
        patient_means(full, "Dice")
