"""How an arm fares with few real patients to learn from."""

from __future__ import annotations

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.bootstrap import means_with_interval
from nnunet_spine.comparison.statistics.patients import in_order, patient_means, whole_structure
from nnunet_spine.evaluation.records import AS_ACQUIRED


def n_shot(collection: Collection, measure: str = "dice", structure: str | None = None) -> pd.DataFrame:
    """The mean by number of real patients in the training, of images as acquired.

    Args:
        collection: rows of all arms.
        measure: column, see `MEASURES`.
        structure: None for the mean over structures.

    Returns:
        series (see `names`), sequence, real_patients, arm, mean, ci_low, ci_high (95 %), n_patients (tested on); by
        series, sequence and number. No rows where no number of patients was chosen.
    """
    runs = collection.runs.dropna(subset="real_patients").drop_duplicates("arm").set_index("arm")
    means = patient_means(collection, measure)
    means = means[means["arm"].isin(runs.index) & (means["condition"] == AS_ACQUIRED)]
    means = means[means["structure"] == (structure or whole_structure(collection))]
    found = in_order(means_with_interval(means, ["arm", "sequence"]), collection)
    for name in ("series", "real_patients"):
        found[name] = found["arm"].map(runs[name])
    order = {name: k for k, name in enumerate(found["sequence"].drop_duplicates())}
    found = found.sort_values(
        ["series", "sequence", "real_patients"],
        key=lambda column: column.map(order) if column.name == "sequence" else column,
        kind="stable",
        ignore_index=True,
    )
    return found[["series", "sequence", "real_patients", "arm", "mean", "ci_low", "ci_high", "n_patients"]]
