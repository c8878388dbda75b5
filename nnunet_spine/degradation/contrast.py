"""Another contrast by a curve of intensities."""

from __future__ import annotations

import numpy as np

from nnunet_spine.degradation.scan import Scan


def other_contrast(scan: Scan, exponent: float) -> np.ndarray:
    """Raise intensities, as a share of the brightest, to a power; the darkest and the brightest stay.

    Args:
        scan: the image.
        exponent: below 1 lifts the dark, above 1 pulls it down; the order of intensities stays.
    """
    highest = scan.data.max()
    return highest * (scan.data / highest) ** exponent
