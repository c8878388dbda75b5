"""Whether a structure of one domain is still itself to another: nearest to the same one there, or to another one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nnunet_spine.features.probe import standardised
from nnunet_spine.features.table import FeatureTable


def identified(table: FeatureTable, pair: tuple[str, str]) -> pd.DataFrame:
    """For every layer and structure the share of patients in whom the structure is identified across two domains.

    It is if, of the means of all structures in the other domain, its own is the nearest, in standardised channels.

    Args:
        table: one row for every structure of a patient in a domain.
        pair: the two domains.

    Returns:
        A row for each layer and structure: `identified_a` of patients of the first domain among the second's, and
        `identified_b` the other way round.
    """
    rows, (a, b) = table.rows, pair
    of_pair = rows["domain"].isin(pair).to_numpy()
    structures = list(dict.fromkeys(rows["structure"]))
    return pd.DataFrame(
        {"layer": layer, "structure": structure, "identified_a": into_b, "identified_b": into_a}
        for layer, matrix in table.layers.items()
        for features in [standardised(matrix[of_pair])]
        for structure, into_b, into_a in zip(
            structures,
            _shares(features, rows[of_pair], (a, b), structures),
            _shares(features, rows[of_pair], (b, a), structures),
            strict=True,
        )
    )


def _shares(features: np.ndarray, rows: pd.DataFrame, domains: tuple[str, str], structures: list[str]) -> list[float]:
    """Of every structure the share of rows of the first domain that the second one's means identify."""
    own, other = ((rows["domain"] == domain).to_numpy() for domain in domains)
    places = [(rows["structure"] == structure).to_numpy() for structure in structures]
    means = np.stack([features[other & place].mean(0) for place in places])
    nearest = ((features[:, None] - means[None]) ** 2).sum(2).argmin(1)
    return [float((nearest[own & place] == k).mean()) for k, place in enumerate(places)]
