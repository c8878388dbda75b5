"""How far two domains lie apart in a layer, for one structure: three numbers, and what chance gives.

The unit is the patient: one row for each patient in each domain. Chance is what remains when domains are assigned anew:
patients in both domains have theirs exchanged or not, those of one domain are shuffled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from nnunet_spine.features.identity import identified
from nnunet_spine.features.probe import balanced_accuracies, folds_of, standardised
from nnunet_spine.features.table import FeatureTable

FEWEST = 4
"""Patients of a domain below which nothing is computed: a fold has to leave some to learn from."""

TRUSTED = 10
"""Patients of a domain below which the numbers are said to be uncertain."""

_CHANCE = 95
"""Percentile of what chance gives that is called its limit."""


@dataclass(frozen=True)
class Chance:
    """How to find out what chance gives.

    Attributes:
        permutations: number of assignments beside the true one.
        seed: of the random numbers.
    """

    permutations: int = 199
    seed: int = 0


def separation(table: FeatureTable, chance: Chance) -> pd.DataFrame:
    """Every pair of domains in every layer for every structure, a row each.

    Args:
        table: one row for every structure of a patient in a domain.
        chance: how to find it out.
    """
    domains = list(dict.fromkeys(table.rows["domain"]))
    pairs = [_of_pair(table, pair, chance) for pair in combinations(domains, 2)]
    return pd.concat(pairs, ignore_index=True)


def _of_pair(table: FeatureTable, pair: tuple[str, str], chance: Chance) -> pd.DataFrame:
    table = table.where(table.rows["domain"].isin(pair))
    structures = table.rows["structure"]
    found = pd.DataFrame(
        row for one in structures.unique() for row in _rows(table.where(structures == one), one, pair, chance)
    )
    fewest = found[["patients_a", "patients_b"]].min(axis=1)
    known = table.where(structures.isin(found["structure"][fewest >= FEWEST]))
    if len(known.rows):
        found = found.merge(identified(known, pair), on=["layer", "structure"], how="left")
    return found.assign(note=fewest.map(_note))


def _rows(table: FeatureTable, structure: str, pair: tuple[str, str], chance: Chance) -> Iterator[dict[str, object]]:
    patients = table.rows["patient"].tolist()
    truth = (table.rows["domain"] == pair[1]).to_numpy(int)
    numbers = [int((truth == k).sum()) for k in (0, 1)]
    assignments = assigned(patients, truth, chance)
    for place, (layer, matrix) in enumerate(table.layers.items()):
        yield {
            "domain_a": pair[0],
            "domain_b": pair[1],
            "structure": structure,
            "layer": layer,
            "place": place,
            "patients_a": numbers[0],
            "patients_b": numbers[1],
            "patients_both": len(patients) - len(set(patients)),
            **(_numbers(matrix, patients, assignments) if min(numbers) >= FEWEST else {}),
        }


def assigned(patients: Sequence[str], truth: np.ndarray, chance: Chance) -> np.ndarray:
    """Assignments of domains to rows (N, 1 + permutations), the true one first.

    Args:
        patients: of every row; one who is there twice is in both domains.
        truth: (N,), 0 or 1.
        chance: how many, and their seed.
    """
    rng = np.random.default_rng(chance.seed)
    names, number = np.unique(patients, return_inverse=True)
    paired = np.bincount(number)[number] == 2
    columns = [truth]
    for _ in range(chance.permutations):
        column = truth ^ rng.integers(0, 2, len(names))[number]
        column[~paired] = rng.permutation(truth[~paired])
        columns.append(column)
    return np.stack(columns, axis=1)


def _numbers(matrix: np.ndarray, patients: Sequence[str], assignments: np.ndarray) -> dict[str, float]:
    features, truth = standardised(matrix), assignments[:, 0]
    accuracies = balanced_accuracies(matrix, assignments, folds_of(patients, truth))
    shifts = shifts_sd(features, assignments)
    return {
        "channels": features.shape[1],
        "probe_accuracy": accuracies[0],
        "probe_chance_limit": np.percentile(accuracies[1:], _CHANCE),
        "probe_p": p_value(accuracies),
        "silhouette": silhouette(features, truth),
        "shift_sd": shifts[0],
        "shift_chance_limit": np.percentile(shifts[1:], _CHANCE),
        "shift_p": p_value(shifts),
        "shift_paired_sd": paired_shift_sd(features, patients, truth),
    }


def shifts_sd(features: np.ndarray, assignments: np.ndarray) -> np.ndarray:
    """Distance between the means of two domains, (P,), for each of P assignments.

    In standard deviations between the patients of a domain: the root mean square over the channels.

    Args:
        features: (N, C), standardised.
        assignments: (N, P), 0 or 1.
    """
    ones = assignments.sum(0)
    zeros = len(assignments) - ones
    difference = features.T @ (assignments / ones - (1 - assignments) / zeros)
    within = (len(features) - difference**2 * (ones * zeros / len(features))) / (len(features) - 2)
    return _length(difference, within)


def paired_shift_sd(features: np.ndarray, patients: Sequence[str], truth: np.ndarray) -> float:
    """The same from the differences within patients who are in both domains; NaN for fewer than `FEWEST`."""
    rows = pd.DataFrame({"patient": patients, "domain": truth}).reset_index()
    places = rows.pivot(index="patient", columns="domain", values="index").dropna().to_numpy(int)
    if len(places) < FEWEST:
        return float("nan")
    difference = (features[places[:, 1]] - features[places[:, 0]]).mean(0)
    within = (features[places[:, 0]].var(0, ddof=1) + features[places[:, 1]].var(0, ddof=1)) / 2
    return float(_length(difference, within))


def _length(difference: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Root mean square over channels (C, ...) of differences in deviations; 0 where no channel varies."""
    return np.sqrt((difference**2 / np.maximum(variance, 1e-6)).sum(0) / max(1, len(difference)))


def silhouette(features: np.ndarray, truth: np.ndarray) -> float:
    """Mean silhouette (Rousseeuw 1987) of the domains, both weighing the same: 0 for none, 1 for points far apart."""
    from sklearn.metrics import silhouette_samples

    if not features.shape[1]:
        return 0.0
    each = silhouette_samples(features, truth)
    return float(np.mean([each[truth == k].mean() for k in (0, 1)]))


def p_value(values: np.ndarray) -> float:
    """Share of assignments, the true one (first) included, that separate at least as much as it does."""
    return float(np.mean(values >= values[0] - 1e-9))


def _note(fewest: int) -> str:
    if fewest < FEWEST:
        return f"not computed: {fewest} patients in a domain, at least {FEWEST} are needed"
    return f"uncertain: only {fewest} patients in a domain" if fewest < TRUSTED else ""
