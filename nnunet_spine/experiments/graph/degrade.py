"""The images of a data set under one condition at one level."""

from __future__ import annotations

from pathlib import Path

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.data import Data
from nnunet_spine.experiments.nodes import CORES, Command, Node, address

_OPTIONS = {
    "resolution": ("--direction", "in-plane", "--factor"),
    "slice thickness": ("--direction", "through-plane", "--factor"),
    "voxel size": ("--direction", "both", "--factor"),
}
"""Of `nnunet-spine degrade`, for conditions that are not options themselves."""


def degrade(building: Building, data: Data, name: str, level: float) -> tuple[str, Path]:
    """Id of the node, and the folder of images that it makes: of all cases, so that all folds and tests share it."""
    settings = {"data": dict(data.settings), "condition": name, "level": level}
    node = building.folder(address("degrade", settings, data.needs))
    source, target = node.folder / "source", node.folder / "degraded"
    images = target / _folder_name(name, level)
    option = _OPTIONS.get(name, (f"--{name}",))
    id_ = building.add(
        Node(
            kind="degrade",
            title=f"degrade {data.name}, {name} {level:g}",
            settings=settings,
            needs=data.needs,
            commands=(
                Command(("python", "-m", "nnunet_spine.steps.cases", str(data.folder), str(source))),
                Command(
                    (
                        *("nnunet-spine", "degrade", str(source / "images"), str(target)),
                        *(*option, repr(level), "--processes", CORES),
                    )
                ),
            ),
            results=(str(images / "degradation.json"),),
        )
    )
    return id_, images


def _folder_name(name: str, level: float) -> str:
    from nnunet_spine.degradation.degradation import Degradation

    return Degradation(name, level).folder
