"""How lesions move tissue: along one axis of the slice each.

Positions say where a voxel of the output looks in the input. A displacement u along an axis e has the Jacobian
determinant 1 + du/de: the deformation is invertible as long as u falls by less than 1 mm a mm along its own axis,
however it varies across it.
"""

from __future__ import annotations

from nnunet_spine.synth.pathology.arrays import Array, Number
from nnunet_spine.synth.pathology.frame import Axis, Frame
from nnunet_spine.synth.pathology.profiles import plateau


def squeeze(frame: Frame, axis: Axis, distance: Array, half_mm: Number, share: Array) -> None:
    """Take a share of the extent of a structure; what lies on both sides closes up.

    The voxel at (1 - share) * half looks at half; the structure between is evenly compressed. What is beyond moves with
    its border, less and less.

    Args:
        frame: its positions are written to.
        axis: unit vector.
        distance: (*S) from the middle of the structure along the axis.
        half_mm: half of its extent.
        share: (*S) below 1, constant along the axis.
    """
    amount = (distance / (1 - share)).clip(-half_mm, half_mm)
    amount *= share
    amount *= plateau(distance, half_mm, _relaxation(half_mm))
    frame.move(axis, amount)


def squeeze_reach(half_mm: Number) -> Number:
    """The distance along the axis from which on `squeeze` changes nothing."""
    return half_mm + _relaxation(half_mm)


def _relaxation(half_mm: Number) -> Number:
    """Above 1.54 * share * half, which would fold; far above, so that the neighbours are hardly stretched."""
    return 2.5 * half_mm + 8


def intrude(
    frame: Frame,
    axis: Axis,
    distance: Array,
    weight: Array,
    depth_mm: Number,
    behind_mm: Number,
    beyond_mm: Number,
) -> None:
    """Let a structure reach over its border: it is stretched evenly, its neighbour beyond is compressed evenly.

    The voxel at weight * depth beyond the border looks at the border; those at `behind_mm` in front of it, and at
    `beyond_mm` behind the tip, stay. The displacement is a tent between them, whose height h solves
    w = h b / (b + d (1 - h)) for a weight w, depth d and stretched length b.

    Args:
        frame: its positions are written to.
        axis: unit vector, along which `distance` grows by 1 a mm.
        distance: (*S) from the border.
        weight: (*S) between 0 and 1, constant along the axis.
        depth_mm: how far.
        behind_mm: length that is stretched, above 0.
        beyond_mm: length that is compressed, above 0.
    """
    stretched = (distance + behind_mm) / (behind_mm + depth_mm)
    compressed = (depth_mm + beyond_mm - distance) / beyond_mm
    tent = stretched.clip(None, compressed).clip(0)
    tent *= weight * (behind_mm + depth_mm) / (weight * depth_mm + behind_mm)
    tent *= -depth_mm
    frame.move(axis, tent)
