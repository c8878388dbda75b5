"""The benchmark of losses: its command on a tiny patch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command decides about threads of its process: put them back."""
    threads = torch.get_num_threads()
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("size", ["2 32 16", "1 16 32 16"])
def test_command_times_every_row(size, tmp_path, capsys):
    from losses import SCIPYS, STEP, main

    main(["--draws", "1", "--size", *size.split(), "--json", str(tmp_path / "figures.json")])
    times = json.loads((tmp_path / "figures.json").read_text())["ms"]
    assert {"focal", "FocalDice", "Boundary, deep supervision", SCIPYS, STEP} < set(times)
    assert min(times.values()) > 0
    printed = capsys.readouterr().out
    assert all(f"| {name} |" in printed for name in times)


def test_every_class_is_there():
    from losses import sagittal

    assert sagittal(2, [320, 256], 14).unique().tolist() == list(range(14))
    assert sagittal(1, [8, 64, 64], 4).unique().tolist() == list(range(4))
