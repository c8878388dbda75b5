"""Memory that a call allocates on the CPU."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import torch
from torch.profiler import ProfilerActivity, profile

Output = TypeVar("Output")


def cpu_allocations(call: Callable[[], Output]) -> tuple[Output, torch.Tensor]:
    """What a call gives, and the bytes above those before it: 0 at first, then after every change, (N,).

    Memory that libraries below torch take for themselves (the work space of an FFT or a convolution) is not seen.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        output = call()
    with TemporaryDirectory() as folder:
        trace = Path(folder, "trace.json")
        profiler.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text())["traceEvents"]
    changes = [(e["ts"], e["args"]["Bytes"]) for e in events if e.get("name") == "[memory]"]
    steps = torch.tensor([0, *(size for _, size in sorted(changes, key=lambda change: change[0]))])
    return output, steps.cumsum(0)
