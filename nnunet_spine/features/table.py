"""Pooled features of many images: a row for every structure of every image or slice, a matrix for every layer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nnunet_spine.plumbing.files import write_beside

KEYS = ("domain", "case", "patient", "slice", "structure", "voxels")
WHOLE = -1
"""In the place of a slice's index: the row is of a whole image."""

_LAYER = "layer/"


@dataclass(frozen=True)
class FeatureTable:
    """Features.

    Attributes:
        rows: the columns of `KEYS`.
        layers: by name, in the order in which they run, a matrix (rows, channels).
    """

    rows: pd.DataFrame
    layers: Mapping[str, np.ndarray]

    def by_patient(self) -> FeatureTable:
        """One row for every structure of a patient in a domain: the mean over all voxels of the structure there is."""
        groups = self.rows.groupby(["domain", "patient", "structure"], sort=False)
        number, voxels = groups.ngroup().to_numpy(), self.rows["voxels"].to_numpy(float)[:, None]
        rows = groups.agg({"voxels": "sum"}).reset_index()

        def mean(matrix: np.ndarray) -> np.ndarray:
            sums = np.zeros((len(rows), matrix.shape[1]))
            np.add.at(sums, number, matrix * voxels)
            return sums / rows["voxels"].to_numpy()[:, None]

        return FeatureTable(rows, {name: mean(matrix) for name, matrix in self.layers.items()})

    def where(self, chosen: pd.Series) -> FeatureTable:
        """Some of the rows.

        Args:
            chosen: bool for every row.
        """
        matrices = {name: matrix[chosen.to_numpy()] for name, matrix in self.layers.items()}
        return FeatureTable(self.rows[chosen].reset_index(drop=True), matrices)


def table_of(rows: Iterable[tuple[tuple[object, ...], Mapping[str, np.ndarray]]]) -> FeatureTable:
    """The table of rows: what `KEYS` names, and a vector for each layer; in float32, as it is written."""
    keys, vectors = zip(*rows, strict=True)
    layers = {name: np.stack([one[name] for one in vectors]).astype(np.float32) for name in vectors[0]}
    return FeatureTable(pd.DataFrame(list(keys), columns=list(KEYS)), layers)


def write_features(path: Path, table: FeatureTable, about: Mapping[str, object]) -> None:
    """Write a table as .npz: arrays named by `KEYS`, `layer/NAME` for each layer, `about` as JSON."""
    arrays = {key: table.rows[key].to_numpy() for key in KEYS}
    arrays = {key: array.astype(str) if array.dtype.kind == "O" else array for key, array in arrays.items()}
    arrays |= {_LAYER + name: matrix for name, matrix in table.layers.items()}
    arrays["about"] = np.array(json.dumps(about))
    write_beside(path, lambda file: np.savez_compressed(file, **arrays))


def read_features(path: Path) -> FeatureTable:
    """The table in a file of `write_features`."""
    with np.load(path) as file:
        layers = {name.removeprefix(_LAYER): file[name] for name in file.files if name.startswith(_LAYER)}
        return FeatureTable(pd.DataFrame({key: file[key] for key in KEYS}), layers)
