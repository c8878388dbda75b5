"""Times of several contenders, taken in turns so that a busy machine disturbs all alike."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import torch
from tqdm import tqdm

FEWEST_DRAWS = 3
WARM_UPS = {"cpu": 1, "cuda": 50}
"""Calls before the first that counts: on a GPU also rare steps have to be loaded by then."""


@dataclass(frozen=True)
class Row:
    """A contender on one patch.

    Attributes:
        name: of the contender.
        patch: name of the patch.
        device: where it runs, `cpu` or `cuda`.
        draw: makes the samples of one call.
        samples: number of samples that a call makes.
        calls: number of calls in a draw.
    """

    name: str
    patch: str
    device: str
    draw: Callable[[], object]
    samples: int = 1
    calls: int = 1


@dataclass(frozen=True)
class Absent:
    """A contender that cannot run here, and why."""

    name: str
    patch: str
    device: str
    reason: str

    def figures(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


@dataclass
class Times:
    """What was measured of a row: wall and processor time per sample (ms), one of each for every call."""

    row: Row
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def mean_ms(self) -> float:
        """Mean time of a sample."""
        return float(np.mean(self.wall_ms))

    @property
    def mean_cpu_ms(self) -> float:
        """Mean processor time of a sample."""
        return float(np.mean(self.cpu_ms))

    @property
    def batch_ms(self) -> float:
        """Mean time of a draw."""
        return self.mean_ms * self.row.samples * self.row.calls

    @property
    def error_ms(self) -> float:
        """Standard error of the mean."""
        return float(np.std(self.wall_ms, ddof=1) / np.sqrt(len(self.wall_ms))) if len(self.wall_ms) > 1 else 0.0

    def figures(self) -> dict[str, str | float | int | list[float]]:
        """All that is reported, for JSON."""
        return {
            "name": self.row.name,
            "patch": self.row.patch,
            "device": self.row.device,
            "mean_ms": self.mean_ms,
            "median_ms": float(np.median(self.wall_ms)),
            "error_ms": self.error_ms,
            "cpu_ms": self.mean_cpu_ms,
            "batch_ms": self.batch_ms,
            "draws": len(self.wall_ms) // self.row.calls,
            "samples": len(self.wall_ms) * self.row.samples,
            "all_ms": [round(ms, 4) for ms in self.wall_ms],
        }


def measure(rows: Sequence[Row], draws: int, seconds: float) -> list[Times]:
    """Time every row.

    Args:
        rows: the contenders.
        draws: number of draws of each.
        seconds: what takes longer than this in all gets fewer draws, spread evenly over those of the others.
    """
    times = [Times(row) for row in rows]
    turns = [_turns(row, draws, seconds) for row in rows]
    for turn in tqdm(range(draws), desc="draws", disable=None, leave=False):
        for measured, its in zip(times, turns, strict=True):
            if turn in its:
                for _ in range(measured.row.calls):
                    _time_call(measured)
    return times


def _turns(row: Row, draws: int, seconds: float) -> set[int]:
    """Warm up, and tell by it in which turns the row can take part."""
    for _ in range(WARM_UPS[row.device] - 1):
        row.draw()
    warm = Times(row)
    _time_call(warm)
    affordable = int(1e3 * seconds / (warm.mean_ms * row.samples * row.calls))
    return set(np.linspace(0, draws - 1, min(draws, max(FEWEST_DRAWS, affordable))).round().astype(int).tolist())


def _time_call(times: Times) -> None:
    _seed(len(times.wall_ms))
    wait(times.row.device)
    wall, cpu = time.perf_counter(), time.process_time()
    times.row.draw()
    wait(times.row.device)
    times.wall_ms.append(1e3 * (time.perf_counter() - wall) / times.row.samples)
    times.cpu_ms.append(1e3 * (time.process_time() - cpu) / times.row.samples)


def _seed(seed: int) -> None:
    """What a row draws depends on how often it was called, not on the rows beside it."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def wait(device: str) -> None:
    """Wait until a GPU has done what it was told."""
    if device == "cuda":
        torch.cuda.synchronize()
