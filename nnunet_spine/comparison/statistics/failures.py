"""How often arms fail in which way."""

from __future__ import annotations

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.statistics.patients import ALL, SETTING, in_order, several_sequences

ANY = "any"
"""The structure that stands for all of them together."""


def failure_counts(collection: Collection) -> pd.DataFrame:
    """Failures of every arm by setting, mode and structure.

    Returns:
        arm, condition, level, sequence (with `ALL` where there are several), mode, structure (with `ANY` for all of
        them together), n_failures, n_failed (images predicted with such a failure, each run counts), n_images (in
        all), share (n_failed / n_images), n_patients (with one). Modes that an arm does not have in a setting have no
        row.
    """
    keys = ["arm", *SETTING]
    cases = collection.cases
    cases = pd.concat([cases, several_sequences(cases).assign(sequence=ALL)], ignore_index=True)
    images = cases.groupby(keys, dropna=False).size().rename("n_images").reset_index()
    failures = collection.failures
    failures = pd.concat([failures, failures.assign(structure=ANY)], ignore_index=True)
    failures = pd.concat([failures, failures.assign(sequence=ALL)], ignore_index=True)
    failures["image"] = failures["run"].astype(str) + " " + failures["case"].astype(str)
    found = failures.groupby([*keys, "mode", "structure"], dropna=False).agg(
        n_failures=("image", "size"), n_failed=("image", "nunique"), n_patients=("patient", "nunique")
    )
    # Without `ALL` where it is nothing of its own: there are no images of it.
    found = found.reset_index().merge(images, on=keys)
    found["share"] = found["n_failed"] / found["n_images"]
    columns = [*keys, "mode", "structure", "n_failures", "n_failed", "n_images", "share", "n_patients"]
    return in_order(found[columns], collection)
