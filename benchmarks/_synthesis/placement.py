"""Where synthesis runs best on a CPU: in worker processes like nnU-Net's loader, or in the training process itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from queue import Empty
from typing import Any

import torch
from torch import multiprocessing

from _synthesis.contenders import synthesis
from _synthesis.patches import Patch
from nnunet_spine.synth import PRESETS

START_S = 120
QUEUED = 2


@dataclass(frozen=True)
class Throughput:
    """Samples per second.

    Attributes:
        where: `workers`, each with one thread, or `main` process.
        parallel: number of workers, or of threads of the main process.
        patch: name of the patch.
        device: where the arithmetic is done.
        samples_per_s: of all together, handed over to the main process.
    """

    where: str
    parallel: int
    patch: str
    device: str
    samples_per_s: float

    def figures(self) -> dict[str, str | int | float]:
        """For JSON."""
        return asdict(self)


def placements(patch: Patch, devices: list[str], most: int, seconds: float) -> Iterator[Throughput]:
    """Throughput of the preset `spine` with 1, 2, 4 ... up to `most` workers or threads, each for some seconds."""
    for parallel in (2**k for k in range(most.bit_length())):
        yield Throughput("workers", parallel, patch.name, "cpu", _of_workers(patch, parallel, seconds))
        yield Throughput("main", parallel, patch.name, "cpu", _of_main(patch, "cpu", parallel, seconds))
    if "cuda" in devices:
        yield Throughput("main", 1, patch.name, "cuda", _of_main(patch, "cuda", 1, seconds))


def _of_main(patch: Patch, device: str, threads: int, seconds: float) -> float:
    draw = synthesis(patch, PRESETS["spine"], device)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    draw()
    start, made = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        draw().image.sum().item()
        made += patch.batch
    torch.set_num_threads(before)
    return made / (time.perf_counter() - start)


def _of_workers(patch: Patch, workers: int, seconds: float) -> float:
    context = multiprocessing.get_context("spawn")
    batches, stop, ready = context.Queue(QUEUED * workers), context.Event(), context.Barrier(workers + 1)
    started = [context.Process(target=_work, args=(patch, batches, stop, ready), daemon=True) for _ in range(workers)]
    for process in started:
        process.start()
    ready.wait(START_S)
    start, made = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        batches.get(timeout=START_S)
        made += patch.batch
    elapsed = time.perf_counter() - start
    stop.set()
    _drain(batches, started)
    return made / elapsed


def _work(patch: Patch, batches: Any, stop: Any, ready: Any) -> None:
    torch.set_num_threads(1)
    draw = synthesis(patch, PRESETS["spine"], "cpu")
    draw()
    ready.wait(START_S)
    while not stop.is_set():
        made = draw()
        batches.put((made.image, made.labels))


def _drain(batches: Any, processes: list[Any]) -> None:
    """Let the workers end: one that waits for room in the queue would not."""
    while any(process.is_alive() for process in processes):
        try:
            batches.get(timeout=0.1)
        except (Empty, OSError):
            continue
