"""The benchmark of synthesis: its command on tiny patches, and that it measures what it says."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from nnunet_spine.synth import PRESETS


@pytest.fixture
def _settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command decides about threads and folders of its process: put them back."""
    threads = torch.get_num_threads()
    monkeypatch.setattr(os, "environ", dict(os.environ))
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("_settled")
def test_command_writes_every_row(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    from synthesis import main

    main(["--draws", "1", "--seconds", "0.1", "--shrink", "16", "--steps", "--json", str(tmp_path / "figures.json")])
    figures = json.loads((tmp_path / "figures.json").read_text())
    for patch in ("2d", "3d"):
        names = {row["name"].split()[0] for row in figures["rows"] if row["patch"] == patch and row["device"] == "cpu"}
        assert names == {"ours:", "nnU-Net", "cornucopia", "torchio", "floor:"}
        steps = {row["step"] for row in figures["steps"] if row["patch"] == patch}
        assert {"spatial", "pathology metal", "noise"} < steps
    for row in figures["rows"]:
        assert row.get("reason") or (row["cpu_ms"] > 0 and row["draws"] == 1 and len(row["all_ms"]) >= row["draws"])
    assert {row["preset"] for row in figures["memory"]} == set(PRESETS)
    assert figures["machine"]["versions"]["nnunetv2"]
    printed = capsys.readouterr().out
    assert all(f"| {row['name']} |" in printed for row in figures["rows"])
    assert torch.cuda.is_available() or "unmeasured (no GPU)" in printed


@pytest.fixture
def pass_seconds(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that goes on only where a test says so, whatever else the machine does."""
    from _synthesis import timing

    now = 0.0

    def go_on(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: now, process_time=lambda: now))
    return go_on


def test_slow_rows_get_fewer_draws_spread_over_all(pass_seconds: Callable[[float], None]) -> None:
    from _synthesis.timing import Row, measure

    order: list[str] = []
    slow = Row("slow", "2d", "cpu", lambda: (order.append("slow"), pass_seconds(0.01)))
    fast = Row("fast", "2d", "cpu", lambda: (order.append("fast"), pass_seconds(1e-5)), samples=2, calls=3)
    slow_times, fast_times = measure([slow, fast], 9, seconds=0.045)
    draws = slow_times.figures()["draws"]
    assert draws == 4
    assert slow_times.mean_ms == slow_times.mean_cpu_ms == pytest.approx(10)
    assert (fast_times.figures()["draws"], fast_times.figures()["samples"]) == (9, 54)
    timed = order[-(draws + 27) :]
    assert timed[:4] == timed[-4:] == ["slow", "fast", "fast", "fast"]


def test_what_happens_once_is_not_timed(pass_seconds: Callable[[float], None]) -> None:
    from _synthesis.timing import Row, measure

    tuned: list[bool] = []

    def draw() -> None:
        if not tuned:
            pass_seconds(0.05)
            tuned.append(True)

    (times,) = measure([Row("tunes itself", "2d", "cpu", draw)], 5, seconds=1)
    assert times.first_ms == pytest.approx(10)
    assert max(times.wall_ms) == 0


def test_steps_are_switched_one_by_one() -> None:
    from _synthesis.switches import steps_on, switched, switches

    config = PRESETS["spine"]
    shares = dict(switches(config))
    assert shares[("noise", "probability")] == config.noise.probability
    off = switched(config, dict.fromkeys(shares, 0.0))
    assert set(dict(switches(off)).values()) == {0.0}
    assert switched(off, shares) == config
    assert steps_on(config) - steps_on(off) == pytest.approx(sum(shares.values()))
    assert switched(off, {("noise", "probability"): 1.0}) == replace(off, noise=replace(off.noise, probability=1.0))


def test_peak_is_above_what_comes_in_and_goes_out() -> None:
    from _synthesis.memory import cpu_peak

    x, size = torch.zeros(1000), 4000
    kept = []

    def call() -> SimpleNamespace:
        first, second = x + 1, x + 2
        return SimpleNamespace(image=first + second, labels=x + 3)

    def keeping() -> SimpleNamespace:
        kept.append(x + 1)
        return SimpleNamespace(image=x + 2, labels=x[:0])

    peak, left = cpu_peak(call)
    assert (peak, left) == (pytest.approx(2 * size, abs=200), pytest.approx(0, abs=200))
    assert cpu_peak(keeping)[1] == pytest.approx(size, abs=200)
