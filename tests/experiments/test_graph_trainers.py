"""What the graph knows of trainers, those of the user among them, and what they synthesise with."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nnunet_spine.experiments.graph import build_graph
from nnunet_spine.experiments.graph.trainers import facts_of
from nnunet_spine.experiments.nodes import Graph, Node
from nnunet_spine.experiments.schema import Experiment
from nnunet_spine.experiments.workspace import Workspace

TRAINERS = """
from nnunet_spine.trainers import resolve

class nnUNetTrainerMineReport(resolve("nnUNetTrainerSynthSpinePresetReport_3patients")):
    pass

class nnUNetTrainerMineFitted(resolve("nnUNetTrainerSynthSpineFitted")):
    settings = {"preset": "strong"}  # which one of SynthSpineFitted does not look at

class nnUNetTrainerMineReal(resolve("nnUNetTrainerRealSpine")):
    pass

class nnUNetTrainerMineComputed(resolve("nnUNetTrainerSynthSpine")):
    def own_settings(self):
        return {"preset": "strong"} if self.fold else {}
"""
Build = Callable[..., Graph]


@pytest.fixture
def build(tmp_path: Path, spider_names: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """The graph of one fold of one arm, which may have a trainer of the user's."""
    own = tmp_path / "trainers_of_mine"
    own.mkdir()
    (own / "my_trainers.py").write_text(TRAINERS)
    monkeypatch.setenv("nnUNet_extTrainer", str(own), prepend=os.pathsep)

    def make(trainer: str, **arm: Any) -> Graph:
        data = {"real": {"id": 501, "spider": str(spider_names)}}
        arms = {"arm": {"dataset": "real", "trainer": trainer, **arm}}
        texts = {"name": "one", "question": "?", "requires": "nothing"}
        tests = {"held_out": {"dataset": "real"}}
        experiment = Experiment(**texts, datasets=data, arms=arms, folds=[0], tests=tests)
        return build_graph(experiment, Workspace(tmp_path / "workspace"))

    return make


def of_kind(graph: Graph, kind: str) -> list[Node]:
    return [node for node in graph.nodes.values() if node.kind == kind]


def settings_of(graph: Graph) -> dict[str, Any]:
    """What the file of settings of the training says."""
    (training,) = of_kind(graph, "train")
    ((file, text),) = training.files.items()
    assert training.commands[0].variables["nnUNet_spine_synth"] == file
    return yaml.safe_load(text)


def test_a_trainer_of_the_users_begins_from_its_class(build: Build):
    mine, ours = (
        settings_of(build(f"nnUNetTrainer{name}", synthesis={"noise": {"sigma": 0}}))
        for name in ("MineReport", "SynthSpinePresetReport")
    )
    assert mine == ours
    assert mine["noise"]["sigma"] == 0
    assert mine["bias"] != settings_of(build("nnUNetTrainerSynthSpine"))["bias"]


def test_priors_are_fitted_for_a_trainer_of_the_users(build: Build):
    fitted, asked, not_asked = (
        build("nnUNetTrainerMineFitted"),
        build("nnUNetTrainerMineReport", priors="fitted"),
        build("nnUNetTrainerMineReport"),
    )
    assert [len(of_kind(graph, "priors")) for graph in (fitted, asked, not_asked)] == [1, 1, 0]
    assert settings_of(fitted) == settings_of(build("nnUNetTrainerSynthSpineFitted"))


@pytest.mark.parametrize("trainer", ["nnUNetTrainer", "nnUNetTrainerMineReal"])
def test_a_training_without_synthesis_does_not_look_at_the_variable_of_the_user(trainer: str, build: Build):
    (training,) = of_kind(build(trainer), "train")
    assert training.commands[0].variables["nnUNet_spine_synth"] == ""
    assert training.files == {}
    assert training.settings["synthesis"] is None


def test_settings_that_only_a_run_could_tell(build: Build):
    with pytest.raises(ValueError, match="trainer nnUNetTrainerMineComputed: expected its settings of synthesis in"):
        build("nnUNetTrainerMineComputed")


def test_a_name_that_there_is_not():
    with pytest.raises(ValueError, match="did you mean nnUNetTrainerSynthSpine"):
        facts_of("nnUNetTrainerSynthSpin")


@pytest.mark.parametrize(
    ("name", "patients", "epochs", "plans_as"),
    [
        ("nnUNetTrainer", None, 1000, "nnUNetTrainer"),
        ("nnUNetTrainer_5epochs", None, 5, "nnUNetTrainer"),
        ("nnUNetTrainerRealSpine_5patients_20x50iter", 5, 20, "nnUNetTrainerRealSpine"),
        ("nnUNetTrainerRealSpineFineTune", None, 50, "nnUNetTrainerRealSpineFineTune"),
    ],
)
def test_what_names_say(name: str, patients: int | None, epochs: int, plans_as: str):
    facts = facts_of(name)
    assert (facts.patients, facts.epochs, facts.plans_as) == (patients, epochs, plans_as)
