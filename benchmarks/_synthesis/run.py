"""All measurements that were asked for, one after the other."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

import torch

from _synthesis.aims import aims_of
from _synthesis.contenders import rows_of
from _synthesis.machine import describe_machine
from _synthesis.memory import memory_of
from _synthesis.patches import Patch, patch_of
from _synthesis.placement import Throughput, placements
from _synthesis.steps import StepCost, step_costs
from _synthesis.timing import Absent, Row, measure
from _synthesis.training import Iteration, training_times
from nnunet_spine.synth import PRESETS

MEMORY_DRAWS = 20
PLACEMENT_S = 10.0
CONFIGURATIONS = {"2d": "2d", "3d": "3d_fullres"}


def measure_all(args: Namespace) -> dict[str, Any]:
    """Figures by table, ready for JSON. Memory comes first, when nothing is cached yet."""
    devices = [device for device in args.device if device == "cpu" or torch.cuda.is_available()]
    patches = [patch_of(name, args.shrink) for name in args.patches]
    memory = memory_of(patches, devices, min(args.draws, MEMORY_DRAWS)) if "ours" in args.rows else []
    rows = [row for patch in patches for device in args.device for row in rows_of(args.rows, patch, device)]
    times = measure([row for row in rows if isinstance(row, Row)], args.draws, args.seconds)
    measured = iter(times)
    parts = {
        "rows": [row if isinstance(row, Absent) else next(measured) for row in rows],
        "memory": memory,
        "aims": aims_of(times, memory, args.patches),
        "steps": _steps(args, patches, devices),
        "placement": _placement(args, patches, devices),
        "training": _training(args, devices),
    }
    figures = {name: [part.figures() for part in found] for name, found in parts.items()}
    return {"machine": describe_machine(), "draws": args.draws, "seconds": args.seconds, **figures}


def _steps(args: Namespace, patches: list[Patch], devices: list[str]) -> list[StepCost]:
    if not args.steps:
        return []
    return [
        cost
        for patch in patches
        for device in devices
        for cost in step_costs(PRESETS["spine"], patch, device, args.draws, args.seconds)
    ]


def _placement(args: Namespace, patches: list[Patch], devices: list[str]) -> list[Throughput]:
    if not args.placement:
        return []
    seconds = min(PLACEMENT_S, args.seconds)
    return [row for patch in patches for row in placements(patch, devices, os.cpu_count() or 1, seconds)]


def _training(args: Namespace, devices: list[str]) -> list[Iteration]:
    """On the GPU if there is one."""
    if not args.train:
        return []
    return [
        row
        for patch in args.patches
        for row in training_times(args.train, CONFIGURATIONS[patch], devices[-1], args.iterations)
    ]
