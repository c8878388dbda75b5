"""What the documentation says of results is what there is."""

from __future__ import annotations

import json
from pathlib import Path

import pandas
import pytest

from nnunet_spine.evaluation.failures import MODES
from nnunet_spine.evaluation.table import lines_of

from .conftest import Study, label_map

PAGE = (Path(__file__).resolve().parents[2] / "docs/evaluation.md").read_text(encoding="utf-8")


def test_the_table_of_failures_is_that_of_the_code():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    assert [row for row in rows if row.split(" | ")[0].removeprefix("| ") in MODES] == [
        f"| {mode} | {definition} |" for mode, definition in MODES.items()
    ]


def test_properties_are_named(study: Study):
    for name in study.evaluate(images=True).cases[0].properties:
        assert f"`{name}`" in PAGE


def test_pandas_reads_the_table_s_dice(study: Study):
    study.add("1_t2", prediction=label_map(3))
    results = study.evaluate()
    code = PAGE.split("```python\n")[1].split("```")[0]
    names = {"open": lambda name, encoding: study.output.open(encoding=encoding)}
    exec(code, names)
    mean = eval(PAGE.split("and `scores")[1].split("`")[0].join(["scores", ""]), names)
    assert isinstance(mean, pandas.Series)
    assert mean.to_dict() == pytest.approx({line.structure: line.means["dice"] for line in lines_of(results.cases)})
    assert len(json.loads(study.output.read_text().splitlines()[1])["structures"]) == 4
