"""The benchmark of losses: its command on a tiny patch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command decides about threads of its process: put them back."""
    threads = torch.get_num_threads()
    monkeypatch.setattr(os, "environ", dict(os.environ))
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("size", ["2 32 16", "1 16 32 16"])
def test_command_times_every_row(size, tmp_path, capsys):
    from losses import SCIPYS, STEP, main

    main(["--draws", "1", "--size", *size.split(), "--json", str(tmp_path / "figures.json")])
    times = json.loads((tmp_path / "figures.json").read_text())["ms"]
    assert json.loads((tmp_path / "figures.json").read_text())["spacing"] == [4, 1, 1][-len(size.split()) + 1 :]
    assert {"focal", "FocalDice", "Boundary, deep supervision", SCIPYS, STEP} < set(times)
    assert min(times.values()) > 0
    printed = capsys.readouterr().out
    assert all(f"| {name} |" in printed for name in times)


def test_every_class_is_there():
    from losses import sagittal

    assert sagittal(2, [320, 256], 14).unique().tolist() == list(range(14))
    assert sagittal(1, [8, 64, 64], 4).unique().tolist() == list(range(4))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--classes 2", "expected 3 classes and 1 draw at least, got 2 and 20"),
        ("--draws 0", "got 4 and 0"),
        ("--size 4", "--size: expected samples and 2 or 3 multiples of 16, got [4]"),
        ("--size 2 32 20", "got [2, 32, 20]"),
        ("--size 0 32 32", "got [0, 32, 32]"),
        ("--size 1 16 16", "for BatchNorm"),
        ("--spacing 1", "--spacing: expected 2 numbers above 0, got [1.0]"),
        ("--spacing 1 nan", "--spacing: expected 2"),
        ("--device tpu", "invalid choice"),
    ],
)
def test_what_cannot_be_measured_is_refused(words, expected, capsys):
    from losses import main

    with pytest.raises(SystemExit, match="2"):
        main(words.split())
    assert expected in capsys.readouterr().err
