"""A linear probe: how well a linear rule tells two domains apart in patients whom it has not seen.

The rule is Fisher's discriminant with the covariance shrunk towards the identity, in its dual form: one matrix of
patients by patients to solve by, the same for every assignment of domains, so that all permutations of a test cost as
much as one. The threshold lies half way between the two domains' means, whatever their numbers of patients.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnunet_spine.training.patients import in_order

SHRINKAGE = 0.2
"""Share of the identity in the covariance of standardised channels."""

FOLDS = 5


def standardised(features: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """Channels less their mean, in standard deviations; those that are constant are left out.

    Args:
        features: (N, C).
        like: (M, C) that tells mean, deviation and which are constant; the features themselves by default.
    """
    like = features if like is None else like
    spread = like.std(0)
    varies = spread > 1e-6 * np.abs(like).max(0, initial=0)
    return (features[:, varies] - like.mean(0)[varies]) / spread[varies]


def folds_of(patients: Sequence[str], domains: np.ndarray) -> np.ndarray:
    """Number of the fold of every row, (N,): a patient is in one; those of either domain and of both are dealt evenly.

    Args:
        patients: of every row.
        domains: (N,), 0 or 1.
    """
    of = {patient: frozenset[int]() for patient in patients}
    for patient, domain in zip(patients, domains.tolist(), strict=True):
        of[patient] |= {domain}
    number = min(FOLDS, *(len({p for p, has in of.items() if k in has}) for k in (0, 1)))
    dealt = sorted(in_order(of), key=lambda patient: sorted(of[patient]))
    fold = {patient: place % number for place, patient in enumerate(dealt)}
    return np.array([fold[patient] for patient in patients])


def balanced_accuracies(features: np.ndarray, assignments: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Cross-validated balanced accuracy of the probe, (P,), for each of P assignments of domains.

    Args:
        features: (N, C).
        assignments: (N, P), 0 or 1.
        folds: (N,), number of the fold in which a row is tested.
    """
    right = np.zeros(assignments.shape)
    for fold in np.unique(folds):
        test = folds == fold
        scores = _scores(features[~test], assignments[~test], features[test])
        # Where the rule says nothing, as for domains that are the same, half is right.
        right[test] = (1 + np.sign(scores) * (2 * assignments[test] - 1)) / 2
    return (_mean_where(right, assignments == 0) + _mean_where(right, assignments == 1)) / 2


def _scores(train: np.ndarray, assignments: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Signed distance of test rows from the threshold, positive on the side of 1; 0 if a domain has no row."""
    known, new = standardised(train), standardised(test, train)
    ones, zeros = _shares(assignments == 1), _shares(assignments == 0)
    covariance = (1 - SHRINKAGE) * known @ known.T / len(known) + SHRINKAGE * np.eye(len(known))
    rule = known.T @ np.linalg.solve(covariance, ones - zeros)
    threshold = ((ones + zeros) * (known @ rule)).sum(0) / 2
    both = (ones.any(0)) & (zeros.any(0))
    return (new @ rule - threshold) * both


def _shares(chosen: np.ndarray) -> np.ndarray:
    return chosen / np.maximum(1, chosen.sum(0))


def _mean_where(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    return (values * _shares(chosen)).sum(0)
