"""The first sentences of a report claim what the tests say, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnunet_spine.comparison.collect import Collection
from nnunet_spine.comparison.statistics.verdict import verdict
from nnunet_spine.comparison.verdict_text import sentences
from nnunet_spine.evaluation.results import Results

from .example import PATIENTS, make_results


def answer(collection: Collection, measure: str = "dice", baseline: str | None = None) -> list[str]:
    return sentences(verdict(collection, measure, baseline), collection)


def renamed(results: Results, arm: str) -> Results:
    return Results(replace(results.run, arm=arm), results.cases)


def test_a_clear_difference(collected):
    some = collected(make_results("Mix"), make_results("Synth"))
    found = verdict(some)
    first, second, *_ = answer(some)
    assert first == "Mix is better than Synth."
    pair = found.against_second
    for value in (pair.mean, pair.mean_other, pair.difference, pair.interval.low, pair.interval.high, pair.p_holm):
        assert f"{value:.3f}" in second
    assert f"over {len(PATIENTS)} patients" in second


def test_names_of_several_words_are_quoted(collected):
    some = collected(renamed(make_results("Mix"), "Mix, 5 patients"), make_results("Synth"))
    assert answer(some)[0] == "“Mix, 5 patients” is better than Synth."


def test_less_is_better_for_distances(collected):
    some = collected(make_results("Synth"), make_results("Mix"))
    first, second, *_ = answer(some, "hd95_mm_penalised")
    assert first == "Mix is better than Synth."
    assert "a difference of −" in second


def test_a_lead_that_may_be_chance(collected):
    first, second, *_ = answer(collected(make_results("A", seed=1), make_results("B", seed=1)))
    assert "may be chance" in first
    assert "p = " in second
    assert not any(
        "is better" in one for one in answer(collected(make_results("A", seed=1), make_results("B", seed=1)))
    )


def test_too_few_patients(collected):
    few = PATIENTS[:4]
    found = answer(collected(make_results("Mix", patients=few), make_results("Synth", patients=few)))
    assert found[0] == "Mix has the highest mean, but 4 patients are too few to tell it from Synth."
    assert "no test is significant with fewer than 6 patients that differ" in found[1]


def test_identical_arms(collected):
    found = answer(collected(make_results("A"), renamed(make_results("A"), "Copy")))
    assert found[0] == f"A and Copy do not differ on any of {len(PATIENTS)} patients."
    assert any("A and Copy are identical in every value of every case" in one for one in found)


def test_a_single_arm(collected):
    found = answer(collected(make_results("Mix")))
    assert found[0] == "Mix is the only arm, so there is nothing to compare it with."
    assert "8 patients" in found[1]


def test_arms_without_a_common_patient(collected):
    some = collected(make_results("A", patients=PATIENTS[:3]), make_results("B", patients=PATIENTS[3:]))
    assert answer(some) == [
        "No patient was predicted by all arms in any set of test images, so the arms cannot be compared."
    ]


def test_the_baseline_is_told_where_it_is_not_second(collected):
    some = collected(*[make_results(arm, sequences=("t2",)) for arm in ("Synth", "Mix", "Real")])
    against = [one for one in answer(some, baseline="Synth") if "Against the baseline" in one]
    assert len(against) == 1
    assert against[0].startswith("Against the baseline: Mix is better than Synth. On the images that both")
    assert not any("Against the baseline" in one for one in answer(some, baseline="Real"))


def test_where_it_fails(collected):
    found = answer(collected(make_results("Real"), make_results("Synth")))
    assert "Synth is weakest, among structures, on discs (0.8" in " ".join(found)
    assert any("false positive (2 of 16 predictions)" in one for one in found)
    clean = answer(collected(make_results("Mix", patients=PATIENTS[:3])))
    assert any("Mix shows none of the failures" in one for one in clean)


@pytest.mark.parametrize(("seeds", "told"), [((None,), True), ((0, 1), False)])
def test_trainings_that_were_not_repeated_are_told(collected, seeds, told: bool):
    some = [make_results(arm, seed=seed) for arm in ("Mix", "Synth") for seed in seeds]
    assert any("No training was repeated" in one for one in answer(collected(*some))) == told


def test_an_arm_that_is_behind_on_one_sequence_is_not_called_better_there(collected):
    some = collected(make_results("Synth"), make_results("Real"))
    found = verdict(some)
    assert found.best == "Synth"
    first, *rest = answer(some)
    assert first == "Synth is better than Real on all sequences together, but not on T2."
    (there,) = found.reversals
    assert (there.sequence, there.contrast.arm, there.contrast.family_size) == ("t2", "Real", 2)
    (sentence,) = [one for one in rest if one.startswith("On T2 Real is ahead: ")]
    for value in (there.contrast.mean, there.contrast.mean_other, there.contrast.difference):
        assert f"{value:.3f}" in sentence
    assert "after Holm's correction for 2 comparisons" in sentence


def test_an_arm_that_is_best_everywhere_has_no_reversals(collected):
    some = collected(make_results("Mix"), make_results("Synth"))
    assert verdict(some).reversals == ()
    assert not any("is ahead" in one for one in answer(some))
