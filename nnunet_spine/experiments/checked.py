"""An experiment file -> the experiment, checked as a whole, and its graph; in a process of its own.

Checking loads torch and nnU-Net, most of a gigabyte. What drives a graph stays for days, often where memory is limited.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nnunet_spine.experiments.nodes import Graph
from nnunet_spine.experiments.workspace import Workspace
from nnunet_spine.plumbing.pool import apart

if TYPE_CHECKING:
    from nnunet_spine.experiments.schema import Experiment


@dataclass(frozen=True)
class Request:
    """Which graph is wanted.

    Attributes:
        file: of the experiment.
        workspace: folder of the workspace.
        phantom_in: for a miniature: folder that its phantom is in or is written into.
        gpus: numbers of GPUs that jobs are to use.
    """

    file: Path
    workspace: Path
    phantom_in: Path | None = None
    gpus: tuple[str, ...] = ()


class Checked(NamedTuple):
    """An experiment that nothing is known against.

    Attributes:
        experiment: what its file says.
        graph: what it needs.
        unseen: how many patients every model is tested on, by fold, by names of arms and keys of tests.
    """

    experiment: Experiment
    graph: Graph
    unseen: Mapping[tuple[str, str], Mapping[int, int]]


def checked_graph(request: Request) -> Checked:
    """The experiment, its graph, and whom it tests on.

    Raises:
        ValueError: for everything that is known to go wrong before it starts, all problems of the experiment at once.
        OSError: for what cannot be read, or for a phantom that cannot be written.
    """
    return apart(_checked, request)


def _checked(request: Request) -> Checked:
    from nnunet_spine.experiments.checks import check_experiment, unseen_patients
    from nnunet_spine.experiments.graph.build import build_graph

    experiment = _read(request)
    check_experiment(experiment, request.file)
    _require_gpus(request.gpus)
    graph = build_graph(experiment, Workspace(request.workspace))
    return Checked(experiment, graph, unseen_patients(experiment))


def _read(request: Request) -> Experiment:
    from nnunet_spine.experiments.miniature import miniature
    from nnunet_spine.experiments.reading import read_experiment

    if request.phantom_in is None:
        return read_experiment(request.file)
    # As if it were there: the studies ask for it, and in the miniature all data are a phantom's.
    os.environ["SPIDER"] = os.environ.get("SPIDER") or str(request.workspace)
    return miniature(read_experiment(request.file), request.phantom_in)


def _require_gpus(gpus: tuple[str, ...]) -> None:
    """Refuse GPUs that torch cannot use, with which every training would end."""
    from nnunet_spine.doctor.machine import cuda_devices

    if not gpus:
        return
    os.environ |= {"CUDA_VISIBLE_DEVICES": ",".join(gpus), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    if (found := cuda_devices()) < len(gpus):
        raise ValueError(
            f"--gpus: of {','.join(gpus)} torch can use {found or 'none'}: look at nvidia-smi and nnunet-spine doctor, "
            "or run with --gpus none"
        )
