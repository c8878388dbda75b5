"""The benchmark of experiments: its command on a small one."""

from __future__ import annotations

import json

import pytest


def test_command_times_every_row(tmp_path, capsys):
    pytest.importorskip("snakemake")
    from experiments import BATCHED, BUILD, JOB, OURS, PYTHON, STATES, THE_BARE, main

    assert main(["--trainings", "5", "--draws", "1", "--json", str(tmp_path / "figures.json")]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["jobs"] == 16, "five trainings, predictions, evaluations, and preprocessing"
    assert list(figures["seconds"]) == [BUILD, STATES, OURS, BATCHED, THE_BARE, JOB, PYTHON]
    assert "| python -c pass |" in capsys.readouterr().out
