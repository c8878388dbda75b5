"""Whether an image was acquired in the slices that a model looks at."""

from __future__ import annotations

from collections.abc import Sequence

_REORIENTING = "NibabelIOWithReorient"

_ACROSS = ("axial", "coronal", "sagittal")
"""Slices across each axis of an array that nnU-Net's `NibabelIOWithReorient` reads: (superior, anterior, right)."""

_AXIS_OF = {"S": 0, "I": 0, "A": 1, "P": 1, "R": 2, "L": 2}
_THICK = 1.5
"""Slices are thick whose distance is so many times that of the voxels within them."""


def other_slices(orientation: str, spacing_mm: Sequence[float], reader: str, across: int | None) -> str | None:
    """A warning where thick slices lie otherwise than those of a 2D model; None where they do not, or cannot be told.

    Args:
        orientation: where the axes of the image point to, such as `PIR`.
        spacing_mm: along them.
        reader: of the model's plans; others than the one that turns images round do not know of anatomy.
        across: the axis that the model's slices lie across, of the array that is read; None for a 3D model.
    """
    if across is None or reader != _REORIENTING:
        return None
    edges_mm = {_AXIS_OF[letter]: edge for letter, edge in zip(orientation, spacing_mm, strict=True)}
    thick = max(edges_mm, key=edges_mm.__getitem__)
    within_mm = max(edge for axis, edge in edges_mm.items() if axis != thick)
    if thick == across or edges_mm[thick] < _THICK * within_mm:
        return None
    return (
        f"{_ACROSS[thick]} slices {edges_mm[thick]:.3g} mm apart, while the model looks at {_ACROSS[across]} slices, "
        "in which this image is coarse: expect less"
    )


def axes_read(orientation: str, reader: str) -> tuple[int, ...]:
    """The axis of an image that becomes the first, second and third of the array that nnU-Net reads.

    Args:
        orientation: where the axes of the image point to, such as `PIR`.
        reader: nnU-Net's name of it; all but the one that turns images round give the axes of the file backwards.
    """
    if reader != _REORIENTING:
        return (2, 1, 0)
    found = [_AXIS_OF[letter] for letter in orientation]
    return tuple(found.index(axis) for axis in range(3))
