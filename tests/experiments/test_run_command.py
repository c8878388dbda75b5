"""`nnunet-spine run` as it is typed: what only looks writes nothing, and what is wrong is one message."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nnunet_spine.cli import main
from nnunet_spine.doctor import machine
from nnunet_spine.experiments import checked
from nnunet_spine.experiments.job.locks import any_of

from .conftest import SMALL
from .made_graphs import made_graph, made_node

Write = Callable[..., Path]
Output = pytest.CaptureFixture[str]

WITH_VARIABLE = SMALL.replace("spider: spider", "spider: $SPIDER")


@pytest.fixture(autouse=True)
def _another_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPIDER", "")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


class TestStatus:
    @pytest.mark.parametrize("options", [[], ["--miniature"]])
    def test_of_what_was_not_run_is_an_error(
        self, options: list[str], experiment_file: Write, tmp_path: Path, capsys: Output
    ):
        assert main(["run", str(experiment_file()), "--status", "--workspace", str(tmp_path / "w"), *options]) == 2
        name = "small_miniature" if options else "small"
        assert f"{name} was not run in" in capsys.readouterr().err
        assert not (tmp_path / "w").exists(), "looking writes nothing"

    def test_takes_nothing_but_the_name(
        self, experiment_file: Write, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
    ):
        graph = made_graph(tmp_path / "w", made_node("convert", "data"), name="small")
        (tmp_path / "w/small").mkdir(parents=True)
        graph.write(tmp_path / "w/small/graph.json")
        for asked in ("require_engine", "parse_gpus"):
            monkeypatch.setattr(f"nnunet_spine.experiments.engine.{MODULES[asked]}.{asked}", pytest.fail)
        file = str(experiment_file(WITH_VARIABLE + "no such key: 1\n"))
        with any_of([tmp_path / "w/small/lock"], pytest.fail):
            assert main(["run", file, "--status", "--workspace", str(tmp_path / "w"), "--slurm"]) == 0
        assert "small: 0 of 1 jobs done" in capsys.readouterr().out


MODULES = {"require_engine": "snakemake", "parse_gpus": "options"}


class TestProcessApart:
    def test_is_where_torch_is_loaded(self, experiment_file: Write, spider_names: Path, tmp_path: Path):
        program = (
            "import sys; from pathlib import Path; from nnunet_spine.experiments.checked import *\n"
            "graph = checked_graph(Request(Path(sys.argv[1]), Path(sys.argv[2]))).graph\n"
            "assert graph.experiment == 'small' and len(graph.nodes) > 10\n"
            "assert not {'torch', 'nnunetv2', 'SimpleITK'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", program, experiment_file(), tmp_path / "w"], check=True)

    def test_finds_problems_that_are_told_as_one_message(self, experiment_file: Write, tmp_path: Path, capfd: Output):
        pytest.importorskip("snakemake")
        file = experiment_file(SMALL + "fold: 1\nsede: 2\n")
        assert main(["run", str(file), "--workspace", str(tmp_path / "w")]) == 2
        told = capfd.readouterr().err
        assert told.startswith(f"nnunet-spine run: error: {file}: 2 problems\n  fold: unknown")
        assert "Traceback" not in told
        assert not (tmp_path / "w").exists()

    @pytest.mark.parametrize(("found", "said"), [(1, "torch can use 1:"), (0, "torch can use none:")])
    def test_asks_torch_for_the_gpus(self, found: int, said: str, monkeypatch: pytest.MonkeyPatch):
        for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
            monkeypatch.setenv(name, "")
        monkeypatch.setattr(machine, "cuda_devices", lambda: found)
        with pytest.raises(ValueError, match=f"--gpus: of 0,3 {said} look at nvidia-smi"):
            checked._require_gpus(("0", "3"))
        checked._require_gpus(("0",) * found)


def test_a_dry_run_of_a_miniature_writes_nothing(experiment_file: Write, tmp_path: Path, capfd: Output):
    pytest.importorskip("snakemake")
    words = ["run", str(experiment_file(WITH_VARIABLE)), "--miniature", "--dry-run", "--workspace", str(tmp_path / "w")]
    assert main(words) == 0
    shown = capfd.readouterr().out
    assert set(re.findall(r"/\S+/phantom\b", shown)) == {f"{tmp_path}/w/phantom"}
    assert not (tmp_path / "w").exists()
