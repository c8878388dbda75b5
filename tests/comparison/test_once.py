"""What many ask for is made once, and only for the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.once import once
from nnunet_spine.comparison.statistics.patients import patient_means

from .example import given


def test_the_same_rows_and_arguments_are_worked_on_once(collected: Callable[..., Collection]):
    calls = []

    @once
    def statistic(collection: Collection, measure: str = "dice", *, structure: str = "") -> str:
        calls.append(measure)
        return f"{collection.arms} {measure} {structure}"

    one, other = collected(given("A", {"p1_t1": 0.5})), collected(given("B", {"p1_t1": 0.5}))
    for _ in range(2):
        assert statistic(one, "dice") == "('A',) dice "
        assert statistic(one, "nsd", structure="canal") == "('A',) nsd canal"
        assert statistic(other, "dice") == "('B',) dice "
    assert calls == ["dice", "nsd", "dice"]


def test_other_rows_of_the_same_files_have_their_own_means(collected: Callable[..., Collection]):
    collection = collected(given("A", {"p1_t1": 0.5, "p2_t1": 0.7}))
    assert patient_means(collection, "dice") is patient_means(collection, "dice")
    fewer = replace(collection, scores=collection.scores[collection.scores["patient"] == "p1"])
    assert list(patient_means(fewer, "dice")["value"]) == [0.5]
