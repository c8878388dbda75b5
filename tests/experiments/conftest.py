"""What the tests of experiments share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import pytest

from nnunet_spine.experiments.checks import check_experiment
from nnunet_spine.experiments.problems import InvalidInputError
from nnunet_spine.experiments.reading import read_experiment

SMALL = """\
name: small
question: Does it work?
requires: nothing
datasets:
  real: {id: 501, spider: spider}
arms:
  real: {dataset: real, trainer: nnUNetTrainer}
tests:
  held_out: {dataset: real}
"""
"""The shortest experiment there is."""


@pytest.fixture
def experiment_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes an experiment file: the shortest one, or a text, under a name."""

    def write(text: str = SMALL, name: str = "small.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


CHECKED = """\
name: checked
question: Does it work?
requires: nothing
datasets:
  real: {id: 501, spider: spider}
  synth: {id: 502, synthetic_of: real}
plans:
  coarse: {target_spacing_mm: [3, 1, 1]}
arms:
  real: {dataset: real, trainer: nnUNetTrainer}
  synthetic: {dataset: real, trainer: nnUNetTrainerSynthSpine}
  tuned: {dataset: real, after: synthetic, patients: [0, 2], average: 0.5}
folds: [0, 1]
budget: 20x50iter
tests:
  held_out: {dataset: real}
"""
"""An experiment that can be run."""

SERIES = {f"{patient}_{sequence}": "training" for patient in range(1, 7) for sequence in ("t1", "t2")} | {
    "7_t1": "validation",
    "7_t2": "validation",
}
"""Subset of every series of `spider_names`: five patients are trained on in fold 0, of which there are five."""


@pytest.fixture
def spider_names(tmp_path: Path) -> Path:
    """A folder in SPIDER's layout with tables and with names of files; the files are empty."""
    root = tmp_path / "spider"
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
        for name in SERIES:
            (root / folder / f"{name}.mha").touch()
    rows = [f"{name},{subset}\r\n" for name, subset in SERIES.items()]
    (root / "overview.csv").write_bytes("".join(["new_file_name,subset\r\n", *rows]).encode())
    return root


@pytest.fixture
def raw_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A raw data set 7 of two channels and five patients in a new nnUNet_raw; its files are empty."""
    for name in ("raw", "preprocessed", "results"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"nnUNet_{name}", str(tmp_path / name))
    return raw_dataset(tmp_path / "raw" / "Dataset007_Pairs", [f"{patient}_t1" for patient in range(5)], channels=2)


def raw_dataset(folder: Path, cases: Sequence[str], channels: int = 1) -> Path:
    """A raw data set of empty files, with the classes of SPIDER's; its folder."""
    images = [f"imagesTr/{case}_000{channel}" for case, channel in product(cases, range(channels))]
    for name in (*images, *(f"labelsTr/{case}" for case in cases)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.nii.gz").touch()
    names = {str(channel): f"channel {channel}" for channel in range(channels)}
    labels = {"background": 0, "vertebrae": 1, "canal": 2, "discs": 3}
    text = json.dumps({"channel_names": names, "labels": labels, "file_ending": ".nii.gz", "numTraining": len(cases)})
    (folder / "dataset.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def problems_of(experiment_file: Callable[..., Path], spider_names: Path) -> Callable[[str], list[str]]:
    """What is wrong with `CHECKED` with changes, YAML that extends it."""
    experiment_file(CHECKED, "checked.yaml")

    def check(changes: str) -> list[str]:
        experiment = read_experiment(experiment_file(f"extends: checked.yaml\n{changes}\n", "changed.yaml"))
        try:
            check_experiment(experiment)
        except InvalidInputError as error:
            return [str(problem) for problem in error.problems]
        return []

    return check
