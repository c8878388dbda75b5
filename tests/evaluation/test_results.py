"""Files of results: what is written is read again, and what is no such file is refused with file and line."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from nnunet_spine.evaluation.records import CaseRecord, FailureRecord, InstanceRecord, RunRecord, StructureRecord
from nnunet_spine.evaluation.results import Results, as_line, read_results, write_results

RUN = RunRecord(
    arm="A", reference="/r", prediction="/p", labels={"background": 0, "canal": 1, "all": [1, 2]}, tolerance_mm=1.0
)
MISSED = StructureRecord("canal", "canal", None, "missed", 0, 0, 0, 0, 0, math.nan, math.nan, math.nan, 1.5, 0)
CASE = CaseRecord(
    case="1_t1",
    patient="1",
    sequence="t1",
    shape=(3, 4, 5),
    spacing_mm=(4.0, 1.0, 1.0),
    diagonal_mm=13.0,
    structures=(MISSED,),
    instances=(InstanceRecord("vertebra_L5", "vertebra", 1, None, 0.0, math.nan, False, True, None),),
    confusion_labels=("background", "canal"),
    confusion=((50, 0), (10, 0)),
    failures=(FailureRecord("missed structure", "canal", None, 1.5, "ml", "canal: für nichts", 1),),
    properties={"snr": math.nan, "voxel_mm": 1.0},
    files={"reference": "1_t1.nii.gz"},
    fingerprints={"reference": {"size": 3}},
)


def test_what_is_written_is_read_again_in_order(tmp_path: Path):
    file = tmp_path / "results.jsonl"
    write_results(file, Results(RUN, (replace(CASE, case="10_t1"), replace(CASE, case="2_t1"), CASE)))
    first, *rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert first["record"] == "run"
    assert [row["case"] for row in rows] == ["1_t1", "2_t1", "10_t1"]
    assert rows[0]["structures"][0]["hd95_mm"] is None
    again = read_results(file)
    assert again.run == RUN
    # NaN is not equal to itself, its text is.
    assert [repr(case) for case in again.cases] == [
        repr(replace(CASE, case=name)) for name in ("1_t1", "2_t1", "10_t1")
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "expected the results of nnunet-spine evaluate, got an empty file"),
        (["{"], "line 1: expected JSON"),
        (["[1]"], "line 1: expected a JSON object, got"),
        ([as_line(CASE)], "line 1: expected the run of nnunet-spine evaluate, got a record of 'case'"),
        (['{"record": "run", "format": 99}'], "line 1: expected rows of format 1, got 99"),
        (['{"record": "run", "format": 1}'], "line 1: RunRecord: missing"),
        ([as_line(RUN), as_line(RUN)], "line 2: expected a case, got a record of 'run'"),
        ([as_line(RUN), as_line(CASE), as_line(CASE)], "line 3: case 1_t1 a second time"),
        ([as_line(RUN), as_line(CASE)[:40]], "line 2: expected JSON, .* damaged"),
        ([as_line(RUN), '{"record": "case", "case": "1"}'], "line 2: CaseRecord: missing"),
        ([as_line(RUN), as_line(CASE).replace('"patient"', '"patent"')], "line 2: CaseRecord: unknown patent"),
        ([as_line(RUN), as_line(CASE).replace("[3,4,5]", "3")], "line 2: the row is of another version, or damaged"),
    ],
)
def test_what_is_no_file_of_results_is_refused_with_its_place(lines: list[str], message: str, tmp_path: Path):
    file = tmp_path / "results.jsonl"
    file.write_text("\n".join(line.strip() for line in lines), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"results\.jsonl.*{message}"):
        read_results(file)
