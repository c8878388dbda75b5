from __future__ import annotations

import numpy as np
import pandas as pd

from nnunet_spine.features.identity import identified
from nnunet_spine.features.table import FeatureTable


def test_a_structure_that_looks_like_another_one_is_not_identified():
    """In `b` the canal of two of three patients lies where vertebrae lie in `a`."""
    where = {("a", "vertebrae"): [0, 0, 0], ("a", "canal"): [9, 9, 9], ("b", "vertebrae"): [0, 1, 0]}
    where |= {("b", "canal"): [1, 2, 9]}
    rows = [(domain, str(k), structure) for domain, structure in where for k in range(3)]
    matrix = np.array([[value, 5.0] for values in where.values() for value in values])
    table = FeatureTable(pd.DataFrame(rows, columns=["domain", "patient", "structure"]), {"layer": matrix})
    found = identified(table, ("a", "b")).set_index("structure")
    assert found.loc["canal", "identified_b"] == 1 / 3
    assert found.loc["vertebrae", "identified_b"] == 1
    assert found.loc["canal", "identified_a"] == 1  # 9 is nearer to the mean of `b`, 4, than to that of its vertebrae
