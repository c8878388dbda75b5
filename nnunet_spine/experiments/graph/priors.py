"""Intensities fitted to the real training images of a fold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.experiments.graph.building import Building
from nnunet_spine.experiments.graph.data import Data, own_variables
from nnunet_spine.experiments.graph.splits import splits_command
from nnunet_spine.experiments.nodes import CORES, Command, Node, address


@dataclass(frozen=True)
class Priors:
    """Fitted priors: the node, and the file that it makes."""

    node: str
    file: Path


def priors(building: Building, data: Data, fold: int) -> Priors:
    """The node, and what it makes."""
    settings = {"data": dict(data.settings), "fold": fold}
    node = building.folder(address("priors", settings, data.needs))
    file = node.folder / f"priors_fold_{fold}.json"
    environment = own_variables(node, data.raw)
    words = ("nnunet-spine", "priors", str(data.folder), "--fold", str(fold), "--output", str(file))
    id_ = building.add(
        Node(
            kind="priors",
            title=f"priors of {data.name}, fold {fold}",
            settings=settings,
            needs=data.needs,
            commands=(
                splits_command(data, node.preprocessed, environment),
                Command((*words, "--processes", CORES), environment),
            ),
            results=(str(file),),
        )
    )
    return Priors(id_, file)
