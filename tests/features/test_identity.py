from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnunet_spine.features.identity import identified
from nnunet_spine.features.table import FeatureTable

STRUCTURES = ("vertebrae", "canal", "discs")


def rows(patients: str, structures: tuple[str, ...] = STRUCTURES) -> pd.DataFrame:
    """Of patients of the one domain and of the other, such as `xyz xy`."""
    both = zip("ab", patients.split(), strict=True)
    found = [(domain, patient, structure) for domain, names in both for structure in structures for patient in names]
    return pd.DataFrame(found, columns=["domain", "patient", "structure"])


def test_a_structure_that_looks_like_another_one_is_not_identified():
    """In `b` the canal of two of three patients lies where vertebrae lie in `a`."""
    where = [*(0, 0, 0), *(9, 9, 9), *(0, 1, 0), *(0, 0, 9)]
    table = FeatureTable(rows("xyz xyz", STRUCTURES[:2]), {"layer": np.array([[value, 5.0] for value in where])})
    found = identified(table, ("a", "b")).set_index("structure")
    assert found.loc["canal", "identified_b"] == 1 / 3
    assert found.loc["vertebrae", "identified_b"] == 1
    # Of the third patient's 9 in `a` his own 9 in `b` is no evidence: in the others the canal is 0, vertebrae 0.5.
    assert found.loc["canal", "identified_a"] == 2 / 3
    assert (found["identified_chance"] == 1 / 2).all()


def test_a_patients_own_other_image_says_nothing():
    """The same in both images: of the canal means of the two others are 4, 2.5 and 1.5, of discs 0.5, 2 and 2.5."""
    table = FeatureTable(rows("xyz xyz", STRUCTURES[1:]), {"layer": np.array([[0.0], [3], [5], [4], [1], [0]] * 2)})
    found = identified(table, ("a", "b"))
    assert (found[["identified_a", "identified_b"]] == 1 / 3).all(axis=None)  # 2 / 3 if his own took part


@pytest.mark.parametrize("patients", ["wxyz wxyz", "wxyz stuv", "wxyzq wxyz"])
def test_structures_that_nothing_tells_apart_are_identified_by_chance(patients: str):
    """The images of a patient are alike; 200 layers are as many draws."""
    rng, frame = np.random.default_rng(0), rows(patients)
    number, _ = pd.factorize(frame["patient"] + frame["structure"])
    noise = {f"{k}": rng.normal(size=(len(frame), 8))[number] for k in range(200)}
    noise = {name: matrix + rng.normal(scale=0.1, size=matrix.shape) for name, matrix in noise.items()}
    found = identified(FeatureTable(frame, noise), ("a", "b"))
    assert np.allclose(found[["identified_a", "identified_b"]].mean(), 1 / 3, atol=0.04)
    assert np.allclose(found["identified_chance"], 1 / 3)
    dead = identified(FeatureTable(frame, {"dead": np.ones((len(frame), 3))}), ("a", "b"))
    assert np.allclose(dead[["identified_a", "identified_b"]], 1 / 3)


def test_a_patient_without_the_structure_is_not_asked():
    frame = rows("wxyz wxyz")
    there = ~((frame["domain"] == "a") & (frame["structure"] == "canal") & frame["patient"].isin(["w", "x"]))
    where = frame["structure"].map({"vertebrae": 0.0, "canal": 5.0, "discs": 9.0})
    found = identified(FeatureTable(frame, {"layer": where.to_numpy()[:, None]}).where(there), ("a", "b"))
    assert (found[["identified_a", "identified_b"]] == 1).all(axis=None)
