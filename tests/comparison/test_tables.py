from __future__ import annotations

import io
import math
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from nnunet_spine.comparison import tables
from nnunet_spine.comparison.page.overview import overview_table
from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.measures import MEASURES
from nnunet_spine.comparison.statistics.pairs import Family, paired_tests
from nnunet_spine.comparison.statistics.ranking import ranking
from nnunet_spine.comparison.statistics.summary import summarise
from nnunet_spine.comparison.tables import (
    Table,
    all_patients,
    all_scores,
    all_summaries,
    count_tables,
    ranking_table,
    score_tables,
    to_csv,
    to_latex,
    to_markdown,
)
from nnunet_spine.comparison.tables.table import LONG, escape_latex, number, p_value, with_interval

from .example import given

Collect = Callable[..., Collection]
AWKWARD = r"a_b & 50 % of {x} $5 #1 ~^\ <|> [0, −1]"


def three_patients(collected: Collect) -> Collection:
    return collected(
        given("first_arm", {"p1_t1": 0.9, "p2_t1": 0.8, "p3_t1": 0.7}),
        given("second_arm", {"p1_t1": 0.8, "p2_t1": 0.7, "p3_t1": "missed"}),
    )


def cells_of(latex: str) -> list[list[str]]:
    body = re.search(r"\\midrule\n(?:\\endfirsthead.*\\endlastfoot\n)?(.*?)(?:\\bottomrule|\\end)", latex, re.DOTALL)
    assert body
    return [re.split(r"(?<!\\) & ", line.removesuffix(r" \\")) for line in body[1].strip().splitlines()]


def test_numbers_are_rounded_honestly():
    assert number(0.8565, 3) == "0.857"
    assert number(-0.0851, 3) == "−0.085"
    assert number(-0.0001, 3) == "0.000"
    assert number(math.nan, 3) == "–"
    assert (p_value(0.0004), p_value(0.0312), p_value(1.0)) == ("<0.001", "0.031", "1.000")
    assert with_interval(0.5, -0.1, 0.9, 2) == "0.50 [−0.10, 0.90]"
    assert with_interval(0.5, math.nan, math.nan, 2) == "0.50"


def test_a_share_has_three_digits_and_a_distance_two(collected: Collect):
    found = score_tables(summarise(three_patients(collected), "dice", "hd95_mm", "hd95_mm_penalised"))
    assert [table.title for table in found] == ["Dice: T1", "HD95 (mm): T1", "HD95, penalised (mm): T1"]
    assert [table.rows[0][1].split()[0] for table in found] == ["0.800", "4.00", "4.00"]


def test_the_best_mean_stands_out_in_the_direction_of_the_measure(collected: Collect):
    dice, distance = score_tables(summarise(three_patients(collected), "dice", "hd95_mm"))
    assert dice.head == ("Structure", "first_arm", "second_arm", "Patients")
    assert dice.best == {(0, 1)}
    assert not distance.best, "a missed structure has no distance: the means are of different patients"
    assert distance.rows[0][3] == "2 to 3"
    (penalised,) = score_tables(summarise(three_patients(collected), "hd95_mm_penalised"))
    assert penalised.best == {(0, 1)}
    assert "less is better" in distance.caption


def test_no_mean_of_other_patients_stands_out(collected: Collect):
    collection = collected(
        given("A", {"p1_t1": 0.9, "p2_t1": 0.5, "p1_t2": 0.9}), given("B", {"p1_t1": 0.8, "p1_t2": 0.8})
    )
    summary = summarise(collection, "dice")
    best = {table.title: table.best for table in score_tables(summary)}
    assert best == {"Dice: all sequences": set(), "Dice: T1": set(), "Dice: T2": {(0, 1)}}
    overview = overview_table(summary, "dice", "canal")
    assert overview.head == ("Arm", "all sequences", "T1", "T2")
    assert overview.best == {(0, 3)}
    assert "bold where all arms have a value of the same images" in overview.caption


def test_no_mean_over_other_sequences_stands_out(collected: Collect):
    shared = {"p1_t1": 0.87, "p1_t2": 0.93}
    collection = collected(
        given("A", shared),
        given("B", {case: dice + 0.03 for case, dice in shared.items()} | {"p1_space": 0.5}),
        given("C", {"p1_t1": 0.7}),
    )
    best = {table.title: table.best for table in score_tables(summarise(collection, "dice"))}
    assert best == {"Dice: all sequences": set(), "Dice: SPACE": set(), "Dice: T1": {(0, 2)}, "Dice: T2": {(0, 2)}}
    # An arm of one sequence has no mean over several that could be compared.
    both = collected(given("A", shared), given("C", {"p1_t1": 0.7}), given("D", {"p1_t1": 0.8, "p1_t2": 0.8}))
    assert score_tables(summarise(both, "dice"))[0].best == {(0, 1)}


def test_means_that_are_printed_alike_are_equally_good(collected: Collect):
    collection = collected(given("A", {"p1_t1": 0.80001}), given("B", {"p1_t1": 0.80002}), given("C", {"p1_t1": 0.7}))
    (table,) = score_tables(summarise(collection, "dice"))
    assert table.best == {(0, 1), (0, 2)}


def test_a_single_arm_is_not_the_best(collected: Collect):
    (table,) = score_tables(summarise(collected(given("A", {"p1_t1": 0.8})), "dice"))
    assert not table.best


def test_a_structure_without_a_value_has_none(collected: Collect):
    collection = collected(given("A", {"p1_t1": "absent"}), given("B", {"p1_t1": "false_positive"}))
    (table,) = score_tables(summarise(collection, "dice"))
    assert table.rows == (("canal", "–", "–", "0"),)
    assert not table.best


def test_counts_stand_beside_every_mean(collected: Collect):
    (table,) = count_tables(summarise(three_patients(collected), "dice"))
    rows = [dict(zip(table.head, row, strict=True)) for row in table.rows]
    assert [row["Arm"] for row in rows] == ["first_arm", "second_arm"]
    assert [row["Patients (images)"] for row in rows] == ["3 (3)", "3 (3)"]
    assert [row["Missed"] for row in rows] == ["0 of 3", "1 of 3"]
    assert table.best == {(0, 2)}


def test_keys_of_tables_are_names_of_files(full: Collection):
    summary = summarise(full, "dice", "hd95_mm_penalised")
    keys = [table.key for table in (*score_tables(summary), *count_tables(summary))]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[a-z0-9-]+", key) for key in keys)
    assert "dice-noise-2-t1" in keys


def test_tests_say_what_they_are_corrected_for_and_what_is_missing(collected: Collect):
    collection = collected(
        given("A", {"p1_t1": 0.9, "p2_t1": 0.8}), given("B", {"p1_t1": 0.8}), given("C", {"p1_t1": 0.8})
    )
    tests = paired_tests(collection)
    table = tables.tests_table(tests)
    assert "corrected for the 2 tests" in table.caption
    patients = {(row[2], row[3]): row[-1] for row in table.rows}
    assert patients == {("A", "B"): "1, note 1", ("A", "C"): "1, note 1", ("B", "C"): "1, note 2"}
    notes = re.split(r" Note \d: ", table.caption)[1:]
    assert notes[0].startswith("too few patients differ")
    assert "only in A: p2" in notes[0]
    assert notes[1].startswith("identical")


def test_ranks_are_a_table(full: Collection):
    table = ranking_table(ranking(full), "dice")
    assert {table.rows[row][1] for row, _ in table.best} == {"Mix"}
    assert len(table.rows) == 3 * 6


def test_markdown_has_a_cell_for_every_cell():
    table = Table(
        "key", "Title", ("a|b", "n"), (("x_y", "1"), ("*", "2")), "Caption.", frozenset({1}), frozenset({(1, 1)})
    )
    assert to_markdown(table) == (
        "**Title**\n\n| a\\|b | n |\n| :-- | --: |\n| x\\_y | 1 |\n| \\* | **2** |\n\nCaption.\n"
    )


@pytest.mark.parametrize("rows", [1, LONG + 1])
def test_latex_is_whole(rows: int):
    head = ("Arm", AWKWARD)
    table = Table("key", AWKWARD, head, ((AWKWARD, "[1]"),) * rows, AWKWARD, frozenset({1}), frozenset({(0, 1)}))
    latex = to_latex(table)
    begun, ended = (re.findall(rf"\\{word}{{(\w+)}}", latex) for word in ("begin", "end"))
    assert sorted(begun) == sorted(ended)
    assert ("longtable" in begun) == (rows > LONG)
    unescaped = re.sub(r"\\.", "", latex)
    assert unescaped.count("{") == unescaped.count("}")
    assert not re.search(r"[_#%^~<>|−–]", re.sub(r"\\label{.*?}", "", unescaped))
    cells = cells_of(latex)
    assert len(cells) == rows
    assert all(len(row) == 2 for row in cells)
    assert cells[0][1] == r"\textbf{{[}1{]}}"
    for rule in ("toprule", "midrule", "bottomrule"):
        assert f"\\{rule}" in latex
    assert not any(row[0].startswith("[") for row in cells)


def test_escaped_text_is_what_it_was():
    assert escape_latex("vertebra_L5 & 50 %") == r"vertebra\_L5 \& 50 \%"
    assert escape_latex("\\") == r"\textbackslash{}"
    assert escape_latex("−0.1") == "$-$0.1"


def test_csv_reads_back_as_the_same_numbers(full: Collection):
    summary = summarise(full, "dice")
    again = pd.read_csv(io.StringIO(to_csv(summary)), float_precision="round_trip")
    pd.testing.assert_frame_equal(again, summary, check_exact=True)


def test_csv_of_tests_names_patients(collected: Collect):
    collection = collected(given("A", {"p1_t1": 0.9, "p2_t1": 0.8, "p3_t1": 0.8}), given("B", {"p1_t1": 0.8}))
    frame = pd.read_csv(io.StringIO(to_csv(paired_tests(collection))))
    assert frame["only_first"].item() == "p2;p3"


def test_rows_for_programs_hold_every_measure(collected: Collect):
    collection = three_patients(collected)
    scores = all_scores(collection)
    assert len(scores) == len(collection.scores) * len(MEASURES)
    assert set(scores["measure"]) == set(MEASURES) == set(all_summaries(collection)["measure"])
    dice = scores[(scores["measure"] == "dice") & (scores["arm"] == "first_arm")]
    np.testing.assert_allclose(sorted(dice["value"]), [0.7, 0.8, 0.9])
    patients = all_patients(collection)
    assert len(patients[patients["measure"] == "hd95_mm"]) == 5
    assert len(patients[patients["measure"] == "hd95_mm_penalised"]) == 6


def test_tests_of_everything_make_a_table(full: Collection):
    tests = paired_tests(full, Family(structures=("mean",)))
    assert len(tables.tests_table(tests).rows) == len(tests)
