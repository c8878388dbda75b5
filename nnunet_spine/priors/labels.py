"""Which tissue each label value is, and what the generator calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnunet_spine.synth.tissues import name_of
from nnunet_spine.training.anatomy import tissues_of_labels

LEFT_OUT = -1
"""Tissue of the ignore label: nobody has said what is there."""

Labels = Mapping[str, int | Sequence[int]]


def tissues_of_values(labels: Labels) -> tuple[int, ...]:
    """Tissue of every label value of a dataset.json, as the generator sees it, but for the ignore label.

    Raises:
        ValueError: if there is no label.
    """
    tissues = list(tissues_of_labels(labels))
    if isinstance(ignored := labels.get("ignore"), int):
        tissues[ignored] = LEFT_OUT
    return tuple(tissues)


def names_of_tissues(labels: Labels) -> dict[int, str]:
    """Name of every tissue that a dataset.json has a label for."""
    values = {value for entry in labels.values() for value in ([entry] if isinstance(entry, int) else entry)}
    tissues = {tissues_of_values(labels)[value] for value in values}
    return {tissue: name_of(tissue, 0) for tissue in sorted(tissues - {LEFT_OUT})}
