"""What the generator and the augmentation have to know about the anatomy behind a data set's labels and axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnunet_spine import labels as table
from nnunet_spine.synth.tissues import CANAL, DISC, STRUCTURES, UNLABELLED, VERTEBRA

LEFT_RIGHT_AXIS = 2
"""Axis of left and right in the arrays of nnU-Net's `NibabelIOWithReorient`: (superior, anterior, right)."""

_TISSUE_OF_GROUP = {table.VERTEBRA: VERTEBRA, table.CANAL: CANAL, table.DISC: DISC}


def tissues_of_labels(labels: Mapping[str, int | Sequence[int]]) -> tuple[int, ...]:
    """Tissue of every label value, for the generator.

    Args:
        labels: the `labels` of a dataset.json. A name with the word vertebra, canal or disc belongs to that tissue, as
            does one of levels (see `labels.group_named`); other structures are a tissue of their own each; background
            and ignore are 0, tissue of all kinds. Regions (lists of several values) add nothing: the values that make
            them are tissues of their own where no name tells more.

    Returns:
        One number for each value from 0 to the largest.

    Raises:
        ValueError: if there is no label.
    """
    if not labels:
        raise ValueError("labels: expected at least the background, got none")
    largest = max(max(value) if isinstance(value, Sequence) else value for value in labels.values())
    unnamed = max(_TISSUE_OF_GROUP.values())
    tissues = [UNLABELLED] + [unnamed + value for value in range(1, largest + 1)]
    for name, value in labels.items():
        values = value if isinstance(value, Sequence) else [value]
        if len(values) == 1:
            tissues[values[0]] = _tissue_of_name(name, default=tissues[values[0]])
    return tuple(tissues)


def describe_tissues(tissues: Sequence[int]) -> str:
    """Which label values are which tissue, for the log of a run: a structure by another name loses its anatomy.

    >>> describe_tissues((0, 1, 3, 4))
    'vertebra: 1, canal: none, disc: 2, structures of another name: 3'
    """
    values = {name: [v for v, other in enumerate(tissues) if other == tissue] for name, tissue in STRUCTURES.items()}
    parts = [f"{name}: {', '.join(map(str, of)) or 'none'}" for name, of in values.items()]
    rest = [str(value) for value, tissue in enumerate(tissues) if tissue > max(STRUCTURES.values())]
    return ", ".join([*parts, f"structures of another name: {', '.join(rest)}"] if rest else parts)


def _tissue_of_name(name: str, default: int) -> int:
    if name in ("background", "ignore"):
        return UNLABELLED
    group = table.group_named(name)
    return default if group is None else _TISSUE_OF_GROUP[group]


def mirror_axes(reader: str | None, transpose_forward: Sequence[int], dim: int) -> tuple[int, ...] | None:
    """Patch axes that may be mirrored: left and right, for a spine upside down or back to front does not occur.

    Args:
        reader: name of nnU-Net's image reader in the plans; only the reorienting one tells which axis is which.
        transpose_forward: the plans' order of the axes.
        dim: number of axes of a patch; a slice has lost the first one.

    Returns:
        Axes of the patch, or None where there is none (as nnU-Net wants it).
    """
    if reader != "NibabelIOWithReorient":
        return None
    axes = tuple(i for i, axis in enumerate(transpose_forward[-dim:]) if axis == LEFT_RIGHT_AXIS)
    return axes or None
