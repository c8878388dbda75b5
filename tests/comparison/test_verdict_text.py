"""The first sentences of a report claim what the tests say, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnunet_spine.comparison.page.verdict_text import sentences
from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.verdict import verdict
from nnunet_spine.comparison.tables.table import percent
from nnunet_spine.evaluation.results import Results

from .example import PATIENTS, given, make_results


def answer(collection: Collection, measure: str = "dice", baseline: str | None = None) -> list[str]:
    return sentences(verdict(collection, measure, baseline), collection)


def renamed(results: Results, arm: str) -> Results:
    return Results(replace(results.run, arm=arm), results.cases)


def test_a_clear_difference(collected):
    some = collected(make_results("Mix"), make_results("Synth"))
    found = verdict(some)
    first, second, *_ = answer(some)
    assert first == "Mix is better than Synth."
    (pair,) = found.against
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


def test_a_lead_that_is_not_shown(collected):
    first, second, *_ = answer(collected(make_results("A", seed=1), make_results("B", seed=1)))
    assert first == "A has the highest mean, but its lead over B is not shown to be more than chance."
    assert "p = " in second
    assert not any(
        "is better" in one for one in answer(collected(make_results("A", seed=1), make_results("B", seed=1)))
    )


def test_too_few_patients(collected):
    few = PATIENTS[:4]
    found = answer(collected(make_results("Mix", patients=few), make_results("Synth", patients=few)))
    assert found[0] == "Mix has the highest mean, but 4 patients are too few to tell it from Synth."
    assert "over 4 patients; p = 0.125." in found[1]
    found = answer(collected(make_results("Mix", patients=few[:1]), make_results("Synth", patients=few[:1])))
    assert found[0] == "Mix has the highest mean, but 1 patient is too few to tell it from Synth."


def test_many_comparisons_take_more_patients(full):
    assert answer(full)[0] == (
        "Mix has the highest mean, but 8 patients are too few for 15 comparisons to tell it from “Shot, 5 patients”."
    )
    assert answer(full, baseline="Real")[0].startswith(
        "Mix has the highest mean, and is better than the baseline, Real"
    )


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
    first, second, between, *_ = answer(some, baseline="Synth")
    assert first == "Mix has the highest mean, and is better than the baseline, Synth."
    assert "after Holm's correction for 2 comparisons" in second
    assert between.startswith("The next arm, Real, has a mean of 0.")
    assert "tested against the baseline alone" in between
    assert not any("baseline alone" in one for one in answer(some, baseline="Real"))
    assert not any("baseline" in one for one in answer(some)), "none was named"


def test_that_nothing_beats_the_baseline_is_told(collected):
    some = collected(make_results("Mix"), make_results("Synth"))
    first, _, third, *_ = answer(some, baseline="Mix")
    assert first == "Mix, the baseline, has the highest mean, and is better than the next arm, Synth."
    assert third == "No arm has a better mean than the baseline, Mix."


def test_behind_two_identical_arms_the_third_is_told(collected):
    some = collected(renamed(make_results("Mix"), "Copy"), make_results("Synth"), make_results("Mix"))
    same, _, ahead, *_ = answer(some)
    assert same == "Copy and Mix do not differ on any of 8 patients."
    assert ahead == "Copy has the highest mean, and is better than the next arm, Synth."
    assert answer(some, baseline="Mix")[0] == "Mix and Copy do not differ on any of 8 patients."


def test_patients_that_not_all_arms_have_are_told(collected):
    some = [make_results("Mix"), make_results("Synth"), make_results("Real", patients=PATIENTS[:3])]
    (told,) = [one for one in answer(collected(*some)) if one.startswith("Compared on")]
    assert told.startswith("Compared on the 3 of 8 patients that all arms have (Real has 3)")
    fewer = Results(some[1].run, some[1].cases[:-1])
    assert "Compared on the 15 of 16 images that all arms have." in answer(collected(some[0], fewer))
    assert not any("Compared on" in one for one in answer(collected(*some[:2])))


def test_predictions_that_were_left_out_are_told(collected):
    some = make_results("Mix")
    chilled = Results(replace(some.run, left_out=2), some.cases)
    told = [one for one in answer(collected(chilled, make_results("Synth"))) if "--chill" in one]
    assert len(told) == 1
    assert "left out on demand (--chill) in 1 run of Mix;" in told[0]


def test_small_differences_are_printed_with_the_digits_they_take(collected):
    a = {f"p{k}_t1": 0.9 for k in range(9)}
    b = {f"p{k}_t1": 0.9 - 0.00001 * (k + 1) for k in range(9)}
    first, second, *_ = answer(collected(given("A", a), given("B", b)))
    assert first == "A is better than B."
    assert "0.90000 against 0.89995, a difference of 0.00005 (95% confidence interval 0.00003 to 0.00007)" in second


def test_means_that_differ_by_rounding_are_the_same(collected):
    a = {f"p{k}_t1": x for k, x in enumerate((0.1, 0.2, 0.3, 0.6))}
    b = {f"p{k}_t1": x for k, x in enumerate((0.6, 0.3, 0.2, 0.1))}
    assert answer(collected(given("A", a), given("B", b)))[0] == "A and B have the same mean."


def test_a_test_against_the_mean_is_told_with_the_patients_it_counts(collected):
    a = {f"p{k:02d}_t1": 0.9 if k == 0 else 0.8 for k in range(12)}
    b = {f"p{k:02d}_t1": 0.1 if k == 0 else 0.82 + 0.001 * k for k in range(12)}
    assert answer(collected(given("A", a), given("B", b)))[0] == (
        "A has the highest mean, yet the test favours B, which is better on 11 of 12 patients."
    )


def test_what_is_not_always_is_not_called_so():
    assert [percent(share) for share in (0, 0.004, 0.5, 0.994, 0.996, 1)] == [
        "0%", "less than 1%", "50%", "99%", "more than 99%", "100%"
    ]  # fmt: skip


@pytest.mark.parametrize(("measure", "word"), [("dice", "highest"), ("hd95_mm_penalised", "lowest")])
def test_how_stable_the_answer_is(collected, measure: str, word: str):
    found = answer(collected(make_results("A", seed=1), make_results("B", seed=1)), measure)
    assert f"has the {word} mean" in found[0]
    assert any(
        "When the 8 patients are drawn again with replacement" in one and "of 1000 draws" in one for one in found
    )


def test_where_it_fails(collected):
    found = answer(collected(make_results("Real"), make_results("Synth")))
    assert "Synth is weakest, among structures, on discs (0.8" in " ".join(found)
    assert any("false positive (2 of 16 predictions)" in one for one in found)
    clean = answer(collected(make_results("Mix", patients=PATIENTS[:3])))
    assert any(one.startswith("None of the known failures was found in the predictions of Mix (") for one in clean)


@pytest.mark.parametrize(
    ("mix", "synth", "told"),
    [
        ((None,), (None,), "No training was repeated"),
        ((0, 1), (0, 1), None),
        ((0, 1), (0,), "No training of Synth was repeated"),
    ],
)
def test_trainings_that_were_not_repeated_are_told(collected, mix, synth, told: str | None):
    some = [make_results(arm, seed=seed) for arm, seeds in (("Mix", mix), ("Synth", synth)) for seed in seeds]
    found = [one for one in answer(collected(*some)) if "was repeated" in one]
    assert len(found) == (told is not None)
    assert all(one.startswith(told) for one in found)


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
