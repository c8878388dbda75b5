"""The benchmark of evaluation: its command on a tiny case."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command decides about threads of its process: put them back."""
    import torch

    threads = torch.get_num_threads()
    monkeypatch.setattr(os, "environ", dict(os.environ))
    yield
    torch.set_num_threads(threads)


def test_command_times_every_row_and_all_agree(tmp_path, capsys):
    pytest.importorskip("panoptica")
    from evaluation import MONAI, OURS, PANOPTICA, TRANSFORMS, main

    assert main(["--draws", "1", "--size", "9", "48", "48", "--json", str(tmp_path / "figures.json")]) == 0
    rows = json.loads((tmp_path / "figures.json").read_text())["rows"]
    names = [OURS, TRANSFORMS, PANOPTICA, MONAI]
    assert [(row["case"], row["name"]) for row in rows] == [(k, name) for k in ("close", "poor") for name in names]
    for row in rows:
        first = next(one for one in rows if one["case"] == row["case"])
        assert row["seconds"] > 0
        assert (row["dice"], row["hd_mm"]) == pytest.approx((first["dice"], first["hd_mm"]), rel=1e-5)
    printed = capsys.readouterr().out
    assert all(f"| {name} |" in printed for name in names)


def test_all_structures_are_there_and_a_poor_prediction_is_worse():
    from evaluation import case

    close, poor = (case((9, 128, 128), kind) for kind in ("close", "poor"))
    assert np.unique(close.reference).tolist() == list(range(14))
    assert np.array_equal(close.reference, poor.reference)
    right, wrong = (np.mean(one.reference != one.prediction) for one in (close, poor))
    assert 0 < right < wrong


def test_the_field_of_view_does_not_depend_on_the_size():
    from evaluation import case

    assert case((17, 32, 32), "close").spacing_mm == pytest.approx((4.0, 9.6, 9.6))


def test_without_peers_it_says_what_to_install(monkeypatch, capsys):
    import evaluation

    monkeypatch.setitem(sys.modules, "panoptica", None)
    assert evaluation.main([]) == 2
    assert "pip install '.[bench]'" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["--draws 0", "--size 7 64 64"])
def test_what_cannot_be_measured_is_refused(words, capsys):
    from evaluation import main

    with pytest.raises(SystemExit, match="2"):
        main(words.split())
    assert "1 draw and 8 voxels" in capsys.readouterr().err
