"""The two ways SPIDER stores a series: LPS with a floor of -1000, or PIR with a floor of 0."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813

from nnunet_spine.phantom.geometry import Grid
from nnunet_spine.phantom.scan import Scan

LPS_FLOOR, LPS_CEILING = -1000, 3096
PIR_CEILING = (349, 1501)
"""Range of the largest value of a PIR file."""


def stored_values(image: np.ndarray, scan: Scan, rng: np.random.Generator) -> np.ndarray:
    """Scale a magnitude image as the file holds it.

    LPS files are clipped at the top, which costs them the brightest 2 to 7 % of their voxels, and padded where they
    were not covered. PIR files keep their whole range.

    Returns:
        int16 of the image's shape.
    """
    if scan.convention == "PIR":
        scale = rng.uniform(*PIR_CEILING) / image.max()
        return np.rint(image * scale).astype(np.int16)
    scale = (LPS_CEILING - LPS_FLOOR) / np.quantile(image[:, ::2, ::2], rng.uniform(0.93, 0.98))
    stored = np.clip(np.rint(image * scale) + LPS_FLOOR, LPS_FLOOR, LPS_CEILING).astype(np.int16)
    stored[:, ~scan.covered] = LPS_FLOOR
    return stored


def to_file_order(array: np.ndarray, scan: Scan) -> sitk.Image:
    """A SimpleITK image with the axes and the direction cosines of its convention.

    Args:
        array: (slices to the right, rows to the feet, columns to the back).
        scan: geometry and convention.
    """
    grid = scan.grid
    if scan.convention == "LPS":
        array, grid = _upright(array, grid)
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    image.SetSpacing([float(s) for s in grid.spacing_mm[::-1]])
    image.SetOrigin([float(o) for o in grid.origin_mm])
    image.SetDirection([float(c) for c in grid.axes[:, ::-1].ravel()])
    return image


def _upright(array: np.ndarray, grid: Grid) -> tuple[np.ndarray, Grid]:
    """Turn the array over so that its axes run to the head, to the back and to the left."""
    last = np.array([grid.shape[0] - 1, grid.shape[1] - 1, 0])
    order = [1, 2, 0]
    axes = (grid.axes * np.array([-1, -1, 1]))[:, order]
    shape = tuple(grid.shape[i] for i in order)
    return (
        array[::-1, ::-1].transpose(order),
        Grid(grid.origin_mm + grid.matrix @ last, axes, grid.spacing_mm[order], shape),
    )
