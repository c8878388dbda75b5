from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd
import pytest

from nnunet_spine.comparison.reading.collect import Collection, collect
from nnunet_spine.evaluation.metric import METRICS
from nnunet_spine.evaluation.results import Results, write_results

from .example import DIAGONAL_MM, PATIENTS, make_results, write_all

FRAMES = [one.name for one in fields(Collection) if one.type == "pd.DataFrame"]


def test_every_row_is_there_once(full: Collection):
    n_cases = len(PATIENTS) * 2
    assert len(full.runs) == 3 * 2 + 3 * 5 + 3
    assert (full.runs["n_cases"] == n_cases).all()
    assert len(full.cases) == len(full.properties) == len(full.runs) * n_cases
    assert len(full.scores) == len(full.cases) * 4
    assert not full.scores.duplicated(["run", "case", "structure"]).any()
    assert full.structures == ("vertebrae", "canal", "discs", "foreground")
    assert full.sequences == ("t1", "t2")
    assert set(METRICS) < set(full.scores)


def test_a_missed_structure_has_the_diagonal_in_the_penalised_column_alone(full: Collection):
    missed = full.scores[full.scores["outcome"] == "missed"]
    assert len(missed)
    assert missed["hd95_mm"].isna().all()
    assert (missed["hd95_mm_penalised"] == DIAGONAL_MM).all()
    assert (missed["dice"] == 0).all()
    scored = full.scores[full.scores["outcome"] == "scored"]
    assert (scored["assd_mm_penalised"] == scored["assd_mm"]).all()
    absent = full.scores[full.scores["outcome"].isin(["absent", "false_positive"])]
    assert len(absent)
    assert absent[["dice", "hd95_mm_penalised"]].isna().all(axis=None)


def test_penalties_are_those_of_the_metrics(full: Collection):
    for key, metric in METRICS.items():
        column = f"{key}_penalised" if metric.missed == "diagonal" else key
        for row in full.scores.iloc[::37].to_dict("records"):
            expected = metric.penalised(row[key], row["outcome"] == "missed", row["diagonal_mm"])
            assert row[column] == expected or (math.isnan(row[column]) and math.isnan(expected))


def test_the_order_of_files_changes_the_order_of_rows_alone(tmp_path: Path):
    paths = [write_all(tmp_path / arm, [make_results(arm)]) / "000.jsonl" for arm in ("Real", "Synth", "Mix")]
    here, there = collect(paths), collect(paths[::-1])
    assert here.arms == ("Real", "Synth", "Mix") == there.arms[::-1]
    columns = [name for name in here.scores if name != "run"]
    by = ["arm", "case", "structure"]
    pd.testing.assert_frame_equal(
        here.scores[columns].sort_values(by, ignore_index=True),
        there.scores[columns].sort_values(by, ignore_index=True),
    )


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path):
    folder = write_all(tmp_path / "results", [make_results("Real"), make_results("Synth")])
    assert len(collect([folder, folder / "000.jsonl", folder]).runs) == 2


def test_files_without_instances_failures_or_properties_have_the_same_columns(tmp_path: Path, numbered: Collection):
    results = make_results("Real")
    bare = tuple(replace(case, instances=(), failures=(), properties={}, sequence=None) for case in results.cases)
    empty = collect([write_all(tmp_path / "bare", [replace(results, cases=bare)])])
    assert empty.instances.empty
    assert empty.failures.empty
    assert empty.sequences == ("unknown",)
    for name in FRAMES:
        missing = set(getattr(numbered, name)) - set(getattr(empty, name))
        assert missing <= {"snr", "contrast", "pfirrmann"}, name


def test_an_arm_with_several_numbers_of_patients_is_an_arm_for_each_and_one_series(full: Collection):
    shots = full.runs[full.runs["series"] == "Shot"]
    assert list(shots["arm"]) == ["Shot, 1 patient", "Shot, 2 patients", "Shot, 5 patients"]
    assert set(shots["arm"]) < set(full.scores["arm"])


def test_the_series_of_trainers_is_their_name_without_the_number_of_patients(
    collected: Callable[..., Collection],
):
    arms = [f"nnUNetTrainerReal_{n}patients_20epochs" for n in (2, 15)]
    runs = collected(*(make_results(arm, real_patients=n) for arm, n in zip(arms, (2, 15), strict=True))).runs
    assert set(runs["series"]) == {"nnUNetTrainerReal_20epochs"}
    assert list(runs["arm"]) == arms


def test_schemes_are_compared_on_what_they_share(collected: Callable[..., Collection]):
    mixed = collected(make_results("Real"), make_results("Synth", scheme="14class"))
    assert mixed.structures == ("vertebrae", "canal", "discs", "foreground")
    assert mixed.unshared["vertebra_L5"] == ("Synth",)
    assert len(mixed.unshared) == 12


def with_case(results: Results, **changes: object) -> Results:
    return replace(results, cases=(replace(results.cases[0], **changes), *results.cases[1:]))


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (make_results("Real"), "have case p00_t1 of the same run: arm Real, fold 0, seed none, as acquired"),
        (make_results("Real", patients=["p05"]), "have case p05_t1 of the same run"),
        (make_results("Synth", tolerance_mm=2), "NSD was measured at 1 mm in .*000.jsonl and at 2 mm in .*001.jsonl"),
        (
            with_case(make_results("Synth"), fingerprints={"reference": {"sha256": "other"}}),
            "case p00_t1 has another reference in .*001.jsonl than in .*000.jsonl",
        ),
        (
            with_case(make_results("Synth"), patient="p00_t1"),
            "case p00_t1 has patient p00_t1 in .*001.jsonl and p00 in .*000.jsonl",
        ),
        (
            with_case(make_results("Synth"), sequence=None),
            "case p00_t1 has sequence none in .*001.jsonl and t1 in .*000.jsonl",
        ),
        (
            with_case(make_results("Synth", condition="noise", level=1.0), patient="p9"),
            "case p00_t1 has patient p9 in .*001.jsonl and p00 in .*000.jsonl",
        ),
        (
            with_case(make_results("Synth", scheme="14class"), shape=(1, 200, 300)),
            r"case p00_t1 is another image in .*001.jsonl than in .*000.jsonl, by shape: \(1, 200, 300\) and \(10, 200",
        ),
        (
            with_case(make_results("Synth", scheme="14class"), spacing_mm=(4.0, 1.0, 0.9)),
            r"case p00_t1 is another image in .*, by spacing: \(4.0, 1.0, 0.9\) and \(4.0, 1.0, 1.0\)",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(collected: Callable[..., Collection], other: Results, problem: str):
    with pytest.raises(ValueError, match=problem):
        collected(make_results("Real"), other)


def of_image(results: Results, digest: str) -> Results:
    return with_case(results, fingerprints={"image": {"sha256": digest}})


def test_another_image_of_the_same_name_is_refused_whatever_the_labels(collected: Callable[..., Collection]):
    with pytest.raises(ValueError, match=r"case p00_t1 is another image .*, by the sha256 of the file: b and a"):
        collected(of_image(make_results("Real"), "a"), of_image(make_results("Synth", scheme="14class"), "b"))


def test_images_may_differ_between_conditions_and_in_the_last_digits_of_spacing(collected: Callable[..., Collection]):
    worse = with_case(make_results("Real", condition="noise", level=1.0), fingerprints={"image": {"sha256": "b"}})
    rounded = with_case(make_results("Synth", scheme="14class"), spacing_mm=(4.0, 1.0, 1.00001))
    assert len(collected(of_image(make_results("Real"), "a"), worse, rounded).runs) == 3


def test_runs_without_a_common_structure_are_refused(collected: Callable[..., Collection]):
    results = make_results("Synth")
    alone = tuple(
        replace(case, structures=tuple(replace(one, structure=f"my {one.structure}") for one in case.structures))
        for case in results.cases
    )
    with pytest.raises(ValueError, match=r"no structure that all runs were scored on: .*000.jsonl: vertebrae"):
        collected(make_results("Real"), replace(results, cases=alone))


def test_runs_that_differ_in_one_of_fold_seed_or_setting_go_together(collected: Callable[..., Collection]):
    some = [
        make_results("Real"),
        make_results("Real", fold="1"),
        make_results("Real", seed=1),
        make_results("Real", condition="noise", level=1.0),
        make_results("Real", condition="noise", level=2.0),
    ]
    assert len(collected(*some).runs) == 5


def test_unreadable_and_missing_files_are_named(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty: expected results .*found none"):
        collect([tmp_path / "empty"])
    with pytest.raises(ValueError, match=r"nothing.jsonl: cannot be read: No such file"):
        collect([tmp_path / "nothing.jsonl"])
    with pytest.raises(ValueError, match="expected at least one file"):
        collect([])
    (tmp_path / "text.jsonl").write_text("hello\n")
    with pytest.raises(ValueError, match=r"text.jsonl"):
        collect([tmp_path / "text.jsonl"])
    write_results(tmp_path / "run.jsonl", replace(make_results("Real"), cases=()))
    with pytest.raises(ValueError, match=r"run.jsonl: expected rows of cases"):
        collect([tmp_path / "run.jsonl"])
