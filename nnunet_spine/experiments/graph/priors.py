"""Intensities fitted to the real images that a fold is trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.experiments.graph.building import Building, without_none
from nnunet_spine.experiments.graph.data import Data, own_variables
from nnunet_spine.experiments.graph.splits import splits_command
from nnunet_spine.experiments.nodes import CORES, Command, Node, address
from nnunet_spine.plumbing.wording import counted


@dataclass(frozen=True)
class Priors:
    """Fitted priors: the node, and the file that it makes."""

    node: str
    file: Path


def priors(building: Building, data: Data, fold: int, patients: int | None) -> Priors:
    """The node, and what it makes.

    Args:
        building: the graph.
        data: with the images.
        fold: whose training part is fitted.
        patients: how many of its patients a training has the images of; None for all.
    """
    settings = without_none({"data": dict(data.settings), "fold": fold, "patients": patients})
    node = building.folder(address("priors", settings, data.needs))
    file = node.folder / f"priors_fold_{fold}.json"
    environment = own_variables(node, data.raw)
    words = ("nnunet-spine", "priors", str(data.folder), "--fold", str(fold), "--output", str(file))
    some = () if patients is None else (counted(patients, "patient"),)
    words += () if patients is None else ("--patients", str(patients))
    id_ = building.add(
        Node(
            kind="priors",
            title=", ".join((f"priors of {data.name}", *some, f"fold {fold}")),
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
