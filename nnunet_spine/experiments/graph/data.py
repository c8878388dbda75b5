"""Raw data sets of an experiment, whoever makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnunet_spine.experiments.workspace import NodeFolder

RESULTS = "nnUNet_results"


@dataclass(frozen=True)
class Data:
    """A raw data set.

    Attributes:
        id: its number.
        name: of its folder, `DatasetXXX_NAME`.
        raw: nnUNet_raw that it is in.
        patients: whose images they are: patients of the same name are one person in data of the same word here, and
            two in others (`whose_patients`).
        node: id of the node that makes it; None if it is there.
        settings: what decides about it, if no node makes it.
        splits: its splits_final.json, if no node makes it; None without.
    """

    id: int
    name: str
    raw: Path
    patients: str
    node: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    splits: Path | None = None

    @property
    def folder(self) -> Path:
        """Its folder."""
        return self.raw / self.name

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the nodes that it is made by."""
        return () if self.node is None else (self.node,)


def variables(raw: Path, preprocessed: Path, results: Path) -> dict[str, str]:
    """nnU-Net's variables, all three: the user's own folders are never written into, nor searched."""
    return {"nnUNet_raw": str(raw), "nnUNet_preprocessed": str(preprocessed), "nnUNet_results": str(results)}


def own_variables(node: NodeFolder, raw: Path | None = None) -> dict[str, str]:
    """Variables of a node that prepares data in its own folder."""
    return variables(raw or node.raw, node.preprocessed, node.folder / RESULTS)
