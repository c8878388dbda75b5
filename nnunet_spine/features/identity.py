"""Whether a structure of one domain is still itself to another: nearest to the same one of others there, or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nnunet_spine.features.probe import standardised
from nnunet_spine.features.table import FeatureTable


def identified(table: FeatureTable, pair: tuple[str, str]) -> pd.DataFrame:
    """For every layer and structure the share of patients in whom the structure is identified across two domains.

    It is if, of the means of all structures in the other domain, its own is the nearest, in standardised channels; of
    n that are as near it counts as 1 / n. The means are of other patients only: two images of one patient are alike,
    whatever is known of their structures.

    Args:
        table: one row for every structure of a patient in a domain, of these two domains alone, with at least two
            patients for every structure in either.
        pair: the two domains.

    Returns:
        A row for each layer and structure: `identified_a` of patients of the first domain among the second's,
        `identified_b` the other way round, and `identified_chance`, what features that tell nothing of structures give.
    """
    structures = table.rows["structure"].unique()
    places = table.rows.reset_index().pivot(index="patient", columns=["domain", "structure"], values="index")
    a, b = (places[domain][structures].to_numpy() for domain in pair)
    found = []
    for layer, matrix in table.layers.items():
        features = standardised(matrix)
        shares = {"identified_a": _shares(features, a, b), "identified_b": _shares(features, b, a)}
        found.append(pd.DataFrame({"layer": layer, "structure": structures, **shares}))
    return pd.concat(found, ignore_index=True).assign(identified_chance=1 / len(structures))


def _shares(features: np.ndarray, own: np.ndarray, other: np.ndarray) -> list[float]:
    """Of every structure the share of patients of the one domain that means of the other domain identify.

    Args:
        features: (N, C), standardised.
        own: (P, S), the row of every patient and structure in the one domain, NaN where there is none.
        other: the same in the other domain.
    """
    means, shares = _means_of_others(features, other), []
    for k, rows in enumerate(own.T):
        there = np.isfinite(rows)
        distances = ((features[rows[there].astype(int), None] - means[there]) ** 2).sum(2)
        nearest = distances == distances.min(1, keepdims=True)
        shares.append(float((nearest[:, k] / nearest.sum(1)).mean()))
    return shares


def _means_of_others(features: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Mean of every structure over all patients but one, (P, S, C) for each of them."""
    there = np.isfinite(rows)[..., None]
    each = features[np.nan_to_num(rows).astype(int)] * there
    return (each.sum(0) - each) / (there.sum(0) - there)
