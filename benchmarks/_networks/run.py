"""All measurements, one after the other: memory first, while no other network is there."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

import numpy as np
from _synthesis.machine import describe_machine
from _synthesis.timing import Row, measure

from _networks.contenders import Contender, contenders
from _networks.memory import peak_bytes
from _networks.plan import Plan
from _networks.step import TrainingStep


def measure_all(args: Namespace, plan: Plan) -> dict[str, Any]:
    """Figures ready for JSON."""
    found = list(contenders(plan, args.classes, args.device))

    def step_of(contender: Contender) -> Callable[[], TrainingStep]:
        return lambda: TrainingStep(
            contender.make().to(args.device), plan.patch, args.batch, args.classes, contender.equal_weights
        )

    memory = [peak_bytes(step_of(contender), args.device) for contender in found]
    steps = [step_of(contender)() for contender in found]
    name = "x".join(map(str, plan.patch))
    rows = [Row(c.name, name, args.device, step) for c, step in zip(found, steps, strict=True)]
    times = measure(rows, args.steps, args.seconds)
    return {
        "machine": describe_machine(),
        "patch": plan.patch,
        "batch": args.batch,
        "classes": args.classes,
        "device": args.device,
        "rows": [
            {
                "name": contender.name,
                "parameters": sum(p.numel() for p in step.network.parameters()),
                "outputs": len(step.targets) if isinstance(step.targets, list) else 1,
                "step_ms": float(np.median(measured.wall_ms)),
                "cpu_ms": float(np.median(measured.cpu_ms)),
                "all_ms": [round(ms, 2) for ms in measured.wall_ms],
                "peak_mib": peak / 2**20,
            }
            for contender, step, measured, peak in zip(found, steps, times, memory, strict=True)
        ],
    }
