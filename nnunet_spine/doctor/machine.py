"""What the machine offers for training."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from nnunet_spine.doctor.finding import Finding, note, ok
from nnunet_spine.doctor.folders import GIB

SHARED_MEMORY = Path("/dev/shm")
SMALL_SHARED_MEMORY_GIB = 1
SMALL_MEMORY_GIB = 8


def check_device() -> Iterator[Finding]:
    """The device that nnU-Net can train on; nothing without torch, whose own check tells so."""
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        return
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            gpu = torch.cuda.get_device_properties(index)
            yield ok("device", f"cuda:{index} {gpu.name}, {gpu.total_memory / GIB:.0f} GiB")
    elif torch.backends.mps.is_available():
        yield ok("device", "mps (Apple GPU); call nnU-Net with: -device mps")
    else:
        built = f"for CUDA {torch.version.cuda}" if torch.version.cuda else "without CUDA"
        advice = "Call nnU-Net with: -device cpu. For real training use a machine with a GPU."
        yield note("device", f"no GPU (this torch is built {built})", advice)


def cuda_devices() -> int:
    """How many GPUs torch can use, of those that CUDA_VISIBLE_DEVICES shows."""
    torch = importlib.import_module("torch")
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def check_memory() -> Iterator[Finding]:
    """Processor cores, main memory, and the shared memory by which worker processes hand over batches."""
    total = _total_memory_gib()
    text = f"{os.cpu_count()} cores" + (f", {total:.0f} GiB of memory" if total else "")
    if total and total < SMALL_MEMORY_GIB:
        yield note("memory", text, "Preprocess with fewer processes: nnUNetv2_plan_and_preprocess -np 1")
    else:
        yield ok("memory", text)
    if SHARED_MEMORY.is_dir() and (shared := shutil.disk_usage(SHARED_MEMORY).total / GIB) < SMALL_SHARED_MEMORY_GIB:
        advice = "Workers may die with a bus error. In a container, start it with: --shm-size=8g (or --ipc=host)"
        yield note("memory", f"{SHARED_MEMORY} has only {1024 * shared:.0f} MiB", advice)


def _total_memory_gib() -> float | None:
    """Main memory; None where the system does not tell (Windows)."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    except (AttributeError, OSError, ValueError):
        return None
