"""Noise of the receiver in the magnitude image."""

from __future__ import annotations

import numpy as np

from nnunet_spine.degradation.scan import Scan


def add_noise(scan: Scan, level: float, rng: np.random.Generator) -> np.ndarray:
    """Magnitude of the signal with white Gaussian noise in its real and in its imaginary part (Rician noise).

    Gudbjartsson and Patz, The Rician distribution of noisy MRI data, Magn Reson Med 34, 1995. It adds to the noise that
    the image has already.

    Args:
        scan: the image.
        level: deviation of the noise in either part, as a share of the signal of tissue (see `tissue_signal`).
        rng: of the noise, whose pattern does not depend on the level.
    """
    deviation = level * tissue_signal(scan)
    noisy = np.empty_like(scan.data)
    for result, signal in zip(noisy, scan.data, strict=True):
        real, imaginary = deviation * rng.standard_normal((2, *signal.shape))
        np.hypot(signal + real, imaginary, out=result)
    return noisy


def tissue_signal(scan: Scan) -> float:
    """Mean of the voxels that are brighter than the mean of the image, padding left out.

    About half of a sagittal image is air or as dark as air; what is brighter than the mean is tissue with signal.
    """
    measured = scan.data[~scan.padding]
    return float(measured[measured >= measured.mean()].mean())
