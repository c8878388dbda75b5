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
WARM_UP_S = 10.0
"""Every draw is made once before it is timed, as far as it goes within this time. So what happens once in a process
does not count: caches, kernels of rare steps, and nnU-Net's blur, which tries the faster convolution for each kernel.
"""


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
    """What was measured of a row.

    Attributes:
        row: the contender.
        wall_ms: wall time per sample, for every call.
        cpu_ms: processor time per sample, for every call.
        first_ms: mean wall time per sample before, when things happened for the first time.
    """

    row: Row
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    first_ms: float = 0.0

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
            "first_ms": self.first_ms,
            "batch_ms": self.batch_ms,
            "draws": len(self.wall_ms) // self.row.calls,
            "samples": len(self.wall_ms) * self.row.samples,
            "all_ms": [round(ms, 4) for ms in self.wall_ms],
        }


def measure(rows: Sequence[Row], draws: int, seconds: float, warm_up_s: float = WARM_UP_S) -> list[Times]:
    """Time every row.

    Args:
        rows: the contenders.
        draws: number of draws of each.
        seconds: what takes longer than this in all gets fewer draws, spread evenly over those of the others.
        warm_up_s: most time to warm up each.
    """
    times = [Times(row, first_ms=_warm_up(row, draws, min(warm_up_s, seconds))) for row in rows]
    turns = [_turns(measured, draws, seconds) for measured in times]
    for turn in tqdm(range(draws), desc="draws", disable=None, leave=False):
        for measured, its in zip(times, turns, strict=True):
            if turn in its:
                for _ in range(measured.row.calls):
                    _time_call(measured)
    return times


def _warm_up(row: Row, draws: int, seconds: float) -> float:
    """Make the draws a first time; the mean time of a sample (ms)."""
    warm, start = Times(row), time.perf_counter()
    for _ in range(draws * row.calls):
        _time_call(warm)
        if time.perf_counter() - start > seconds:
            break
    return warm.mean_ms


def _turns(times: Times, draws: int, seconds: float) -> set[int]:
    """The turns that a row takes part in, by the time that it took before."""
    affordable = int(1e3 * seconds / (times.first_ms * times.row.samples * times.row.calls))
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
