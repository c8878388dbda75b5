"""What would be run, before anything is."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from nnunet_spine.cli import main
from nnunet_spine.experiments.checked import Checked
from nnunet_spine.experiments.engine.dry_run import dry_run
from nnunet_spine.experiments.engine.options import RunOptions, find_gpus, parse_gpus
from nnunet_spine.experiments.engine.script import script
from nnunet_spine.experiments.job.records import write_done
from nnunet_spine.experiments.nodes import CORES, DEVICE, Command, Graph, Node
from nnunet_spine.experiments.schema import Experiment
from nnunet_spine.experiments.workspace import Workspace

from .made_graphs import made_graph

EXPERIMENT = {
    "name": "made",
    "question": "Which is better?",
    "requires": "2 GPU hours",
    "datasets": {"real": {"id": 501, "spider": "spider"}},
    "arms": {
        "from scratch": {"dataset": "real", "trainer": "nnUNetTrainer", "patients": [5, 10]},
        "after": {"dataset": "real", "after": "from scratch", "patients": [0, 5]},
    },
    "folds": [0, 1, 2],
    "seeds": [0, 7],
    "tests": {"t2": {"dataset": "real"}},
}


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """A conversion that is done, two trainings and a prediction."""
    out = tmp_path / "it's made"
    copy = f'cat \'{tmp_path}/settings/a.txt\' > "$OUT"; echo {{}} >> "$OUT"'
    commands = (Command(("sh", "-c", copy), {"OUT": str(out)}), Command(("echo", DEVICE, CORES)))
    data = Node("convert", "data", {})
    training = Node(
        "train", "train, fold 0", {}, (data.id,), commands, files={str(tmp_path / "settings/a.txt"): "100 % 'sure'\n"}
    )
    other = Node("train", "train, fold 1", {"fold": 1}, (data.id,), (Command(("true",)),))
    graph = made_graph(tmp_path / "workspace", data, training, other, Node("predict", "predict", {}, (training.id,)))
    folder = Workspace(graph.workspace).node(data.id)
    folder.folder.mkdir(parents=True)
    write_done(folder, 1.0)
    return graph


def checked(graph: Graph) -> Checked:
    unseen = {("from scratch", "t2"): {0: 5, 1: 5, 2: 4}, ("after", "t2"): {0: 5, 1: 5, 2: 4}}
    return Checked(Experiment.model_validate(EXPERIMENT), graph, unseen)


def test_tests_have_a_row_each_unless_arms_differ(graph: Graph):
    same = checked(graph)
    assert "t2    5 5 4                  all arms" in dry_run(same, RunOptions(2))
    unlike = same._replace(unseen={**same.unseen, ("after", "t2"): {0: 5, 1: 5, 2: 3}})
    lines = dry_run(unlike, RunOptions(2))
    assert {"t2    5 5 4                  from scratch", "t2    5 5 3                  after"} <= set(lines)


def test_a_dry_run_counts_and_limits(graph: Graph):
    lines = dry_run(checked(graph), RunOptions(2))
    rows = {line.split("  ")[0]: line.split() for line in lines}
    assert rows["from scratch"][-3:] == ["5", "10", "12"], "2 sizes x 3 folds x 2 seeds"
    assert rows["after"][-3:] == ["0", "5", "6"], "none trains on 0 patients"
    assert rows["convert"][1:4] == ["1", "1", "0"]
    assert rows["train"][1:4] == ["2", "0", "2"]
    assert rows["total"][1:] == ["4", "1", "3"]
    assert "Limits, not expectations, of what is left: 3 core hours." in lines
    on_a_gpu = dry_run(checked(graph), RunOptions(2, ("0",)))
    assert "Limits, not expectations, of what is left: 3 GPU hours, 3 core hours." in on_a_gpu
    assert "echo cpu 1" in lines
    assert lines[lines.index("First:") + 1] == "# train, fold 0"


def test_a_dry_run_of_what_is_made_says_so(graph: Graph):
    for id_ in graph.nodes:
        folder = Workspace(graph.workspace).node(id_)
        folder.folder.mkdir(parents=True, exist_ok=True)
        write_done(folder, 1.0)
    assert dry_run(checked(graph), RunOptions(2))[-1].startswith("All is made")


def test_the_script_runs(graph: Graph, tmp_path: Path):
    text = "\n".join(script(graph, RunOptions(2)))
    assert "# done: data" in text
    ended = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=True)
    assert ended.stdout == "cpu 1\n"
    assert (tmp_path / "it's made").read_text() == "100 % 'sure'\n{}\n"


def test_the_script_ends_with_the_comparison(graph: Graph, tmp_path: Path):
    result = Node("evaluate", "evaluate real", {"arm": "real"})
    results = {result.id: (str(tmp_path / "its rows.jsonl"),)}
    whole = replace(graph, nodes=graph.nodes | {result.id: result}, results=results, baseline="real")
    output = tmp_path / "workspace/made/report"
    end = f"--output {output} --overwrite --title made --baseline=real"
    assert list(script(whole, RunOptions(2)))[-1] == f"nnunet-spine compare '{tmp_path}/its rows.jsonl' {end}"


def test_the_script_is_for_the_device_that_is_asked_for(graph: Graph):
    assert "echo cuda 1" in list(script(graph, RunOptions(2, gpus=("0",))))


class TestGpus:
    def test_are_numbers_each_once_or_none(self):
        assert parse_gpus("0,1") == ("0", "1")
        assert parse_gpus("none") == ()
        for wrong in ("0,0", "0;1", "", "all of them"):
            with pytest.raises(ValueError, match="--gpus: expected numbers of GPUs such as 0,1, each once, or none"):
                parse_gpus(wrong)

    def test_are_those_that_the_environment_shows(self, monkeypatch: pytest.MonkeyPatch):
        for visible, gpus in {"2,3": ("2", "3"), "": (), "-1": (), "NoDevFiles": ()}.items():
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
            assert find_gpus() == gpus

    def test_are_else_all_that_there_are(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert find_gpus() == ()
        fake = tmp_path / "nvidia-smi"
        fake.write_text("#!/bin/sh\necho 0\necho 1\n")
        fake.chmod(0o755)
        assert parse_gpus(None) == ("0", "1")
        assert parse_gpus("1,MIG-0a") == ("1", "MIG-0a")
        with pytest.raises(ValueError, match=r"--gpus: expected some of 0,1, as nvidia-smi lists them, got 99"):
            parse_gpus("1,99")

    def test_of_slurm_are_slurms(self):
        assert RunOptions(1, slurm=True).device_policy == "given"
        assert RunOptions(1).device_policy == "none"
        assert RunOptions(1, ("0", "2")).device_policy == "0,2"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--commands"], "--commands: expected with --dry-run"),
        (["--cores", "0"], "--cores: expected at least 1, got 0"),
        (["--gpus", "x y"], "--gpus: expected numbers"),
        (["--slurm", "--gpus", "0"], "--gpus: expected without --slurm"),
        (["--profile", "/nope"], "--profile: expected a folder with a config.yaml of Snakemake's options, got /nope"),
    ],
)
def test_wrong_options_are_refused(options: list[str], message: str, capsys: pytest.CaptureFixture[str]):
    assert main(["run", "no.yaml", *options]) == 2
    assert message in capsys.readouterr().err
