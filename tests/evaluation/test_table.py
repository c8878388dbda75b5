"""The table for people and the flat one: means over patients, missed structures beside them."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import pytest

from nnunet_spine.evaluation.flat import as_csv
from nnunet_spine.evaluation.records import CaseRecord, FailureRecord, InstanceRecord, RunRecord, StructureRecord
from nnunet_spine.evaluation.results import Results
from nnunet_spine.evaluation.table import as_table, lines_of, mean_over_patients

RUN = RunRecord(arm="A", reference="/r", prediction="/p", labels={"canal": 1}, tolerance_mm=1.0, fold="0", left_out=1)


def structure(dice: float, outcome: str = "scored", hd95_mm: float = 2.0) -> StructureRecord:
    hd95_mm = hd95_mm if outcome == "scored" else math.nan
    return StructureRecord(
        "canal", "canal", None, outcome, dice, dice, dice, dice, dice, hd95_mm, hd95_mm, hd95_mm, 1.0, 1.0
    )


def case(name: str, patient: str, sequence: str | None, *structures: StructureRecord) -> CaseRecord:
    return CaseRecord(
        name, patient, sequence, (1, 3, 4), (1.0, 1.0, 1.0), 10.0, structures, (), ("background",), ((12,),)
    )


CASES = (
    case("1_t1", "1", "t1", structure(0.9)),
    case("1_t2", "1", "t2", structure(0.7)),
    case("2_t1", "2", "t1", structure(0.0, "missed")),
    case("3_t1", "3", "t1", structure(math.nan, "false_positive")),
    case("4_t1", "4", "t1", structure(math.nan, "absent")),
)


def test_means_are_over_patients():
    assert mean_over_patients([("a", 1.0), ("a", 0.0), ("b", 1.0), ("b", math.nan)]) == 0.75
    assert math.isnan(mean_over_patients([("a", math.nan)]))
    assert math.isnan(mean_over_patients([]))


def test_a_line_counts_what_was_missed_beside_its_means():
    (line,) = lines_of(CASES)
    assert line.counts == (3, 1, 1)
    assert line.means["dice"] == pytest.approx((0.8 + 0.0) / 2)
    assert line.means["hd95_mm"] == pytest.approx(2.0)
    assert line.means["hd95_mm_penalised"] == pytest.approx((2.0 + 10.0) / 2)


def test_the_table_has_every_sequence_and_all():
    text = as_table(Results(RUN, CASES))
    rows = [line.split() for line in text.splitlines()]
    assert ["canal", "3", "1", "1", "0.400", "0.400", "0.400", "2.00", "6.00", "2.00"] in rows
    assert ["canal", "1", "0", "0", "0.700", "0.700", "0.700", "2.00", "2.00", "2.00"] in rows
    assert [line for line in text.splitlines() if line in ("all sequences", "t1", "t2")] == [
        "all sequences",
        "t1",
        "t2",
    ]
    assert "5 cases of 4 patients, images as acquired, 1 reference without prediction left out" in text
    assert "A, fold 0" in text


def test_one_sequence_needs_no_summary_of_all():
    assert "all sequences" not in as_table(Results(RUN, CASES[2:3]))


def test_what_is_not_there_has_no_mean():
    rows = [line.split() for line in as_table(Results(RUN, CASES[4:])).splitlines()]
    assert ["canal", "0", "0", "0", "-", "-", "-", "-", "-", "-"] in rows


def test_it_fits_120_columns():
    long = replace(structure(0.9, hd95_mm=1234.5), structure="a_region_of_a_very_long_name_that_nobody_would_choose")
    text = as_table(Results(RUN, (case("1_t1", "1", "t1", long),)))
    assert "a_region_of_a_very_long_name_that..." in text
    assert max(map(len, text.splitlines())) <= 120


def test_instances_and_failures_are_counted():
    found = InstanceRecord("vertebra_L5", "vertebra", 1, "vertebra_L4", 0.8, 1.0, False, True, True)
    missed = InstanceRecord("vertebra_L4", "vertebra", 2, None, 0.0, math.nan, False, True, None)
    failure = FailureRecord("level shift", "vertebra_L5", 1, 1.0, "levels", "", 0)
    one = replace(CASES[0], instances=(found, missed), failures=(failure, failure))
    text = as_table(Results(RUN, (one,)))
    assert "2 complete vertebrae matched by overlap: 1 missed, 0 with the right level, Dice 0.400" in text
    assert "  0 of 2 cut off by the end of the image, left out; of 1 matched ones 1 are complete" in text
    assert "  level shift: 2 in 1 case" in text


def test_instances_that_are_cut_off_do_not_count():
    whole = InstanceRecord("disc_L5_S1", "disc", 1, "disc_L5_S1", 0.8, 1.0, True, True, False)
    cut = InstanceRecord("disc_L4_L5", "disc", 2, None, 0.0, math.nan, False, False, None)
    text = as_table(Results(RUN, (replace(CASES[0], instances=(whole, cut)),)))
    assert "1 complete disc matched by overlap: 0 missed, 1 with the right level, Dice 0.800" in text
    assert "  1 of 2 cut off by the end of the image, left out; of 1 matched ones 0 are complete or cut off as" in text
    assert "complete disc" not in as_table(Results(RUN, (replace(CASES[0], instances=(cut,)),)))
    assert max(map(len, text.splitlines())) <= 120


def test_labels_with_a_number_of_no_level_are_told():
    text = as_table(Results(replace(RUN, labels={"vertebra_L5": 1, "vertebra_T11": 2}), CASES))
    assert "not scored one by one, since their names tell no level: vertebra_T11" in text
    assert "not scored one by one" not in as_table(Results(RUN, CASES))


def test_the_flat_table_has_a_row_for_each_structure_of_each_case():
    rows = list(csv.DictReader(io.StringIO(as_csv(Results(replace(RUN, condition="noise", level=2.0), CASES)))))
    assert len(rows) == 5
    missed = rows[2]
    assert (missed["arm"], missed["fold"], missed["condition"], missed["level"]) == ("A", "0", "noise", "2")
    assert (missed["outcome"], missed["dice"], missed["hd95_mm"], missed["hd95_mm_penalised"]) == (
        "missed",
        "0",
        "",
        "10",
    )
    assert rows[3]["dice"] == rows[3]["hd95_mm_penalised"] == rows[3]["structure_level"] == ""
