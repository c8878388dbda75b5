"""No GPU stays idle because the jobs of the others take all cores or memory, and how many trainings run is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nnunet_spine.experiments.engine import machine
from nnunet_spine.experiments.engine.machine import on_this_machine, trainings_at_a_time
from nnunet_spine.experiments.engine.options import RunOptions
from nnunet_spine.experiments.nodes import Graph, Need

from .made_graphs import made_graph, made_node

TRAINING = made_node("train", "training")


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """A training of 8 cores and 32 GB; preprocessing needs as much."""
    graph = made_graph(tmp_path, TRAINING)
    return replace(graph, needs=graph.needs | {"train": Need(8, 32, 72, 1), "preprocess": Need(8, 32, 12, 0)})


@pytest.mark.parametrize(
    ("cores", "memory_gb", "gpus", "given", "line"),
    [
        (8, 64, 2, (4, 32), "2, each 4 of 8 cores, 32 of 64 GB, 2 of 2 GPUs."),
        (8, 48, 2, (4, 24), "2, each 4 of 8 cores, 24 of 48 GB, 2 of 2 GPUs."),
        (64, 500, 4, (8, 32), "4, each 8 of 64 cores, 32 of 500 GB, 4 of 4 GPUs."),
        (1, 64, 2, (1, 32), "1, each 1 of 1 cores, 32 of 64 GB, 1 of 2 GPUs."),
        (4, 24, 0, (8, 32), "1, each 4 of 4 cores, 32 of 24 GB."),
        (32, 48, 0, (8, 32), "1, each 8 of 32 cores, 32 of 48 GB."),
        (32, 100, 0, (8, 32), "3, each 8 of 32 cores, 32 of 100 GB."),
    ],
)
def test_what_trainings_are_given(
    cores: int, memory_gb: int, gpus: int, given: tuple[int, float], line: str, graph: Graph, monkeypatch
):
    monkeypatch.setattr(machine, "memory_mb", lambda: 1000 * memory_gb)
    options = RunOptions(cores, tuple(map(str, range(gpus))))
    there = on_this_machine(graph, options)
    assert (there.needs["train"].cores, there.needs["train"].memory_gb) == given
    assert there.needs["preprocess"] == graph.needs["preprocess"]
    (said,) = trainings_at_a_time(there, options, [TRAINING.id])
    assert said.startswith(f"Trainings at a time: {line}")


def test_what_would_let_more_run_does(graph: Graph, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine, "memory_mb", lambda: 24_000)
    options = RunOptions(4)
    (said,) = trainings_at_a_time(graph, options, [TRAINING.id])
    assert said.endswith("For 2, in the file: resources: {train: {cores: 2, memory_gb: 12}}")
    changed = replace(graph, needs=graph.needs | {"train": Need(2, 12, 72, 1)})
    (said,) = trainings_at_a_time(changed, options, [TRAINING.id])
    assert said.startswith("Trainings at a time: 2, ")


def test_nothing_is_said_without_trainings_or_of_slurms_machines(graph: Graph):
    assert trainings_at_a_time(graph, RunOptions(2), []) == []
    assert trainings_at_a_time(graph, RunOptions(2, slurm=True), [TRAINING.id]) == []
    assert on_this_machine(graph, RunOptions(2, slurm=True)) is graph


def test_the_limit_of_a_container_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine, "memory_bytes", lambda: 8_000_000_000)
    assert machine.memory_mb() == 8000
