"""The page on experiments says every key, every study, and an example that can be read."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from nnunet_spine.conditions import SCALES
from nnunet_spine.experiments import schema
from nnunet_spine.experiments.reading import read_experiment

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")


def block(beginning: str) -> str:
    """An indented block of the page."""
    start = PAGE.index(f"    {beginning}")
    return textwrap.dedent(re.match(r"(?:(?: {4}.*)?\n)+", PAGE[start:])[0])


@pytest.mark.parametrize(
    "name", ["Experiment", "SpiderData", "SyntheticData", "RawData", "Plan", "Arm", "Test", "Needs"]
)
def test_every_key_is_said(name: str):
    missing = [key for key in getattr(schema, name).model_fields if f"`{key}`" not in PAGE]
    assert not missing


def test_every_condition_is_said():
    assert not [name for name in SCALES if f"`{name}`" not in PAGE]


def test_every_study_is_listed():
    studies = [path.name for path in (ROOT / "experiments").glob("*.yaml")]
    assert sorted(re.findall(r"^\| `(\w+\.yaml)`", PAGE, re.M)) == sorted(studies)


def test_numbers_of_arms_and_trainings_are_those_of_the_files(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SPIDER", "/data/spider")
    rows = re.findall(r"^\| `(\w+\.yaml)` \|.*\| (\d+) \| (\d+) \| \d+ \|$", PAGE, re.M)
    assert len(rows) == len(list((ROOT / "experiments").glob("*.yaml")))
    for name, arms, trainings in rows:
        experiment = read_experiment(ROOT / "experiments" / name)
        # Averages are of the trainings of the arm before.
        one_each = [arm for arm in experiment.arms.values() if arm.average is None]
        numbers = sum(len([n for n in arm.patients or (None,) if n != 0]) for arm in one_each)
        assert (len(experiment.arms), numbers * len(experiment.folds) * len(experiment.seeds)) == (
            int(arms),
            int(trainings),
        )


def test_the_examples_can_be_read(
    experiment_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("SPIDER", str(tmp_path))
    small = read_experiment(experiment_file(block("name: small")))
    assert list(small.arms) == ["real", "synthetic"]
    experiment_file((ROOT / "experiments" / "reality_gap.yaml").read_text(), "reality_gap.yaml")
    short = read_experiment(experiment_file(block("extends: reality_gap.yaml"), "short.yaml"))
    assert (short.folds, short.budget, len(short.arms)) == ((0,), "20x50iter", 10)


@pytest.mark.parametrize("path", sorted((ROOT / "docs/reports").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_studies_that_were_run_can_be_read(path: Path, monkeypatch: pytest.MonkeyPatch):
    for variable in ("SPIDER", "SLICES", "RAW"):
        monkeypatch.setenv(variable, "/data")
    assert read_experiment(path).arms
    assert path.with_name(path.name.replace("_small.yaml", ".html")).exists()
