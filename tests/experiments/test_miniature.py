"""Miniatures: the same arms and tests, small."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nnunet_spine.experiments.checks import check_experiment
from nnunet_spine.experiments.miniature import miniature
from nnunet_spine.experiments.reading import read_experiment
from nnunet_spine.experiments.schema import Experiment, SpiderData, SyntheticData

LARGE = """\
name: large
question: Which one?
requires: a hall of machines
datasets:
  real: {id: 2, spider: /nowhere, scheme: 14class, sequences: t1, subset: training}
  synth: {id: 3, synthetic_of: real, per_case: 1}
  own: {raw: 7}
  test: {raw: Dataset008_Test}
plans:
  fine: {target_spacing_mm: [1, 0.2, 0.2], patch_size: [1024, 1024], planner: nnUNetPlannerResEncM}
arms:
  long: {dataset: real, trainer: nnUNetTrainerReportUNet_500epochs, tests: synth}
  longer: {dataset: own, trainer: nnUNetTrainer, plans: fine, configuration: 3d_fullres, tests: held_out}
  few: {dataset: own, after: longer, configuration: 3d_fullres, patients: [0, 1, 5, 40], average: 0.3, tests: held_out}
folds: [1, 3]
seeds: [4, 5]
tests:
  held_out: {dataset: test, conditions: {noise: [0.1, 0.2]}, gradings: /nowhere.csv, slices: [all, complete]}
  synth: {dataset: synth}
conditions: {resolution: [2, 3, 4], gamma: 0.5}
resources: {train: {memory_gb: 500}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The phantom is made once."""
    return tmp_path_factory.mktemp("miniatures")


@pytest.fixture
def small(experiment_file: Callable[..., Path], folder: Path) -> Experiment:
    return miniature(read_experiment(experiment_file(LARGE)), folder)


def test_everything_that_costs_time_is_small(small: Experiment):
    assert (small.name, small.folds, small.seeds, small.budget) == ("large_miniature", (0,), (4,), "1x2iter")
    assert small.conditions == {"resolution": (2.0,), "gamma": (0.5,)}
    assert small.tests["held_out"].conditions == {"noise": (0.1,)}
    assert small.arms["long"].trainer == "nnUNetTrainerReportUNet_1x2iter"
    assert small.arms["few"].patients == (0, 1, 4)
    assert small.plans["fine"].model_dump(exclude_none=True) == {"planner": "nnUNetPlannerResEncM", "batch_size": 2}


def test_what_is_compared_stays(small: Experiment):
    assert list(small.arms) == ["long", "longer", "few"]
    assert (small.arms["longer"].configuration, small.arms["longer"].plans) == ("3d_fullres", "fine")
    assert (small.arms["few"].after, small.arms["few"].average) == ("longer", 0.3)
    assert small.tests["held_out"].slices == ("all", "complete")
    assert isinstance(small.datasets["synth"], SyntheticData)


def test_all_data_are_of_the_phantom(small: Experiment, folder: Path):
    real, own, test = (small.datasets[key] for key in ("real", "own", "test"))
    assert (real.id, real.scheme, real.sequences, real.spider) == (2, "14class", ("t1",), folder / "phantom")
    known = {"spider": folder / "phantom", "scheme": "14class"}
    assert own == SpiderData(id=1, name="Phantom_own", subset="training", **known)
    assert test == SpiderData(id=4, name="Phantom_test", subset="validation", **known)
    assert small.tests["held_out"].gradings.is_file()


def test_it_is_an_experiment_that_can_be_run(small: Experiment):
    assert Experiment.model_validate(small.model_dump()) == small
    check_experiment(small)


def test_what_the_phantom_has_not_is_replaced(experiment_file: Callable[..., Path], folder: Path):
    changes = """
extends: large.yaml
arms:
  long: {trainer: nnUNetTrainerRealSpine_40patients_500epochs, tests: null}
tests:
  held_out: {sequences: [T1, STIR]}
  clinic: {dataset: clinic, sequences: T2}
  real: {dataset: real, slices: complete}
datasets: {clinic: {raw: 9}}
"""
    experiment_file(LARGE, "large.yaml")
    small = miniature(read_experiment(experiment_file(changes)), folder)
    check_experiment(small)
    assert small.arms["long"].trainer == "nnUNetTrainerRealSpine_4patients_1x2iter"
    assert small.tests["held_out"].sequences == ()
    # Both places are one phantom's images.
    assert small.arms["long"].tests == ("held_out", "synth", "real")
    assert small.arms["longer"].tests == ("held_out",)


def test_names_that_nothing_has_are_left_to_the_checks(experiment_file: Callable[..., Path], folder: Path):
    text = LARGE.replace("tests: held_out}", "tests: [held_out, nothing]}").replace("dataset: test,", "dataset: none,")
    text = text.replace("synthetic_of: real", "synthetic_of: synth")
    with pytest.raises(ValueError, match="expected one of"):
        check_experiment(miniature(read_experiment(experiment_file(text)), folder))


def test_the_phantom_is_made_once(
    small: Experiment, folder: Path, experiment_file: Callable[..., Path], capfd: pytest.CaptureFixture[str]
):
    times = {file: file.stat().st_mtime_ns for file in (folder / "phantom").rglob("*.*") if file.is_file()}
    assert any(file.name == "overview.csv" for file in times)
    capfd.readouterr()
    miniature(read_experiment(experiment_file(LARGE)), folder)
    assert not capfd.readouterr().err, "no progress of what is there"
    assert {file: os.stat(file).st_mtime_ns for file in times if ".phantom" not in file.parts} == {
        file: time for file, time in times.items() if ".phantom" not in file.parts
    }
