from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnunet_spine.features.probe import FOLDS, SHRINKAGE, balanced_accuracies, folds_of, standardised
from nnunet_spine.features.separation import Chance, assigned, separation, shifts_sd
from nnunet_spine.features.summary import summary
from nnunet_spine.features.table import FeatureTable

CHANCE = Chance(99)


def table(shift: float, patients: int = 12, others: int = 0, channels: int = 6, seed: int = 0) -> FeatureTable:
    """Patients in both domains, and others in one; the canal's second layer is shifted in one channel in `b`."""
    rng = np.random.default_rng(seed)
    names = [("a", f"p{k}") for k in range(patients + others)] + [("b", f"p{k}") for k in range(patients)]
    names += [("b", f"q{k}") for k in range(others)]
    rows = [(domain, patient, structure, 10) for domain, patient in names for structure in ("canal", "discs")]
    frame = pd.DataFrame(rows, columns=["domain", "patient", "structure", "voxels"])
    first, second = (rng.normal(size=(len(frame), channels)) for _ in range(2))
    second[(frame["domain"] == "b") & (frame["structure"] == "canal"), 0] += shift
    return FeatureTable(frame, {"first": first, "second": second})


@pytest.mark.parametrize("others", [0, 5])
def test_a_shift_is_found_where_it_is_made_and_nowhere_else(others: int):
    found = separation(table(20.0, others=others), CHANCE).set_index(["structure", "layer"])
    there = found.loc["canal", "second"]
    assert there["probe_accuracy"] == 1
    assert there["probe_p"] == there["shift_p"] == 0.01
    assert there["shift_sd"] > 3
    elsewhere = found.drop(("canal", "second"))
    assert (elsewhere["probe_accuracy"] < 0.8).all()
    assert (elsewhere["probe_p"] > 0.01).all()
    assert (elsewhere["silhouette"] < there["silhouette"]).all()
    assert (found[["patients_a", "patients_b"]] == 12 + others).all(axis=None)
    assert (found["patients_both"] == 12).all()
    assert (found["note"] == "").all()


def test_identical_domains_separate_as_little_as_chance():
    same = table(0.0)
    for matrix in same.layers.values():
        matrix[24:] = matrix[:24]
    found = separation(same, CHANCE)
    assert np.allclose(found["probe_accuracy"], 0.5)
    assert np.allclose(found["shift_sd"], 0)
    assert (found["silhouette"] <= 0).all()
    assert (found["probe_p"] == 1).all()


def test_p_values_are_uniform_where_nothing_is():
    values = [separation(table(0.0, 8, 3, seed=seed), CHANCE)[["probe_p", "shift_p"]] for seed in range(15)]
    p = np.concatenate(values)
    assert p.shape == (60, 2)
    assert (np.abs(p.mean(0) - 0.5) < 0.12).all()
    assert ((p <= 0.1).mean(0) < 0.25).all()


def test_many_assignments_are_each_alone():
    rng = np.random.default_rng(0)
    patients, truth = [f"p{k // 2}" for k in range(16)], np.tile([0, 1], 8)
    features, folds = rng.normal(size=(16, 5)), folds_of(patients, truth)
    columns = assigned(patients, truth, Chance(30))
    alone = [balanced_accuracies(features, columns[:, [k]], folds)[0] for k in range(31)]
    assert np.allclose(balanced_accuracies(features, columns, folds), alone)


def test_the_probe_is_fishers_discriminant():
    """One fold by the textbook: the inverse covariance times the difference of means, tested on the others."""
    rng = np.random.default_rng(1)
    truth = np.array([0] * 9 + [1] * 5)
    features, folds = rng.normal(size=(14, 4)) + truth[:, None] * [1.0, 0, 0, 0], np.array([0, 1] * 7)
    right = np.zeros(14)
    for fold in (0, 1):
        train, test = folds != fold, folds == fold
        known, new, side = standardised(features[train]), standardised(features[test], features[train]), truth[train]
        means = [known[side == k].mean(0) for k in (0, 1)]
        covariance = (1 - SHRINKAGE) * np.cov(known.T, bias=True) + SHRINKAGE * np.eye(4)
        rule = np.linalg.solve(covariance, means[1] - means[0])
        right[test] = ((new - (means[0] + means[1]) / 2) @ rule > 0) == truth[test]
    expected = (right[truth == 0].mean() + right[truth == 1].mean()) / 2
    assert balanced_accuracies(features, truth[:, None], folds)[0] == pytest.approx(expected)


def test_the_distance_is_in_deviations_within_a_domain():
    rng = np.random.default_rng(2)
    truth = np.array([0] * 7 + [1] * 9)
    features = rng.normal(size=(16, 3)) + truth[:, None] * [0.0, 1.0, 5.0]
    groups = features[truth == 0], features[truth == 1]
    difference = groups[1].mean(0) - groups[0].mean(0)
    within = (6 * groups[0].var(0, ddof=1) + 8 * groups[1].var(0, ddof=1)) / 14
    expected = np.sqrt(np.mean(difference**2 / within))
    assert shifts_sd(standardised(features), truth[:, None])[0] == pytest.approx(expected)


def test_a_patient_is_in_one_fold_and_every_fold_has_both_domains():
    patients = [f"p{k}" for k in range(10)] * 2 + [f"a{k}" for k in range(5)] + [f"b{k}" for k in range(7)]
    domains = np.array([0] * 10 + [1] * 10 + [0] * 5 + [1] * 7)
    folds = folds_of(patients, domains)
    assert len(set(zip(patients, folds.tolist(), strict=True))) == 22
    assert all(set(domains[folds == fold]) == {0, 1} for fold in range(FOLDS))


def test_assignments_exchange_patients_of_both_domains_and_shuffle_the_others():
    patients = ["x", "y", "x", "y", "a1", "a2", "b1"]
    truth = np.array([0, 0, 1, 1, 0, 0, 1])
    columns = assigned(patients, truth, Chance(200))
    assert (columns[:, 0] == truth).all()
    assert (columns[0] + columns[2] == 1).all()
    assert (columns[1] + columns[3] == 1).all()
    assert (columns[4:].sum(0) == 1).all()
    assert len(np.unique(columns, axis=1).T) == 12


def test_few_patients_are_said_and_fewer_give_no_number():
    few, fewer = separation(table(9.0, 5), CHANCE), separation(table(9.0, 3), CHANCE)
    assert few["note"].str.contains("uncertain: only 5 patients").all()
    assert "probe_accuracy" not in fewer
    assert "not computed: 3 patients in a domain, at least 4" in summary(fewer)
    assert not any("identified" in name for name in fewer)
    assert "a and b, canal: most separate in second" in summary(few)


def test_a_structure_that_few_patients_have_is_no_candidate_of_the_others():
    both = table(9.0)
    few = (
        (both.rows["structure"] == "discs")
        & (both.rows["domain"] == "b")
        & ~both.rows["patient"].isin(["p0", "p1", "p2"])
    )
    found = separation(both.where(~few), CHANCE).set_index("structure")
    assert found.loc["discs", "note"].str.contains("not computed: 3 patients").all()
    assert found.loc["discs", "identified_chance"].isna().all()
    assert (found.loc["canal", ["identified_a", "identified_b", "identified_chance"]] == 1).all(axis=None)


def test_constant_channels_are_left_out():
    constant = table(20.0)
    for name, matrix in constant.layers.items():
        constant.layers[name][:, 1:] = matrix[0, 1:]
    found = separation(constant, CHANCE).set_index(["structure", "layer"])
    assert (found["channels"] == 1).all()
    assert found.loc["canal", "second"]["probe_accuracy"] == 1
    constant.layers["first"][:] = 1e6
    found = separation(constant, CHANCE).set_index(["structure", "layer"])
    assert (found.xs("first", level="layer")[["probe_accuracy", "silhouette", "shift_sd"]] == [0.5, 0, 0]).all(
        axis=None
    )
