"""Motion of the patient between the shots of a turbo spin echo.

Such a sequence, the workhorse of spine imaging, measures k-space in shots: a shot takes every sixteenth line, the next
one the lines beside. A patient who lies elsewhere in each shot appears blurred, with ghosts along phase encoding. All
slices of a series are measured within the same repetition, so they move alike.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import fft

from nnunet_spine.degradation.scan import Scan

SHOTS = 16
"""Shots that k-space is measured in."""


def moving_patient(scan: Scan, level: float, rng: np.random.Generator) -> np.ndarray:
    """Magnitude of what is measured of a patient who lies elsewhere, in the plane of the slice, in each shot.

    Phase encoding goes from foot to head, as usual for sagittal images of the spine, so that what moves in front of it
    makes no ghosts over it; in axial slices from back to front. Positions are a random walk, counted from where the
    lines together show the patient, so that a reference drawn on the source still fits.

    Args:
        scan: the image.
        level: root mean square over the shots of the distance in mm from their mean position.
        rng: of the walk, whose pattern does not depend on the level.
    """
    slices = np.moveaxis(scan.data, scan.slice_axis, 0)
    readout, phase = (fft.fftfreq(scan.data.shape[axis], scan.spacing_mm[axis]) for axis in scan.in_plane)
    position_mm = level * _centred(_walk(rng)[_shot_of_lines(len(phase))], slices, readout, phase)
    waves = np.outer(readout, position_mm[:, 0]) + phase * position_mm[:, 1]
    shifts = np.exp(-2j * math.pi * waves)
    moved = np.empty_like(scan.data)
    for result, image in zip(np.moveaxis(moved, scan.slice_axis, 0), slices, strict=True):
        result[:] = np.abs(fft.ifft2(fft.fft2(image) * shifts))
    return moved


def _walk(rng: np.random.Generator) -> np.ndarray:
    """(SHOTS, 2) positions along readout and phase encoding, whose root mean square distance from their mean is 1."""
    walk = rng.standard_normal((SHOTS, 2)).cumsum(axis=0)
    walk -= walk.mean(axis=0)
    return walk / math.sqrt((walk**2).sum(axis=1).mean())


def _shot_of_lines(count: int) -> np.ndarray:
    """(count,) shot that measures each line, in the order of the Fourier transform."""
    return np.rint(fft.fftfreq(count, 1 / count)).astype(int) % SHOTS


def _centred(position: np.ndarray, slices: np.ndarray, readout: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Positions counted from the one that explains the moved image best.

    That is their mean weighted by how much a line's shift changes the image: the energy of its derivative along the
    shift (least squares, to first order).

    Args:
        position: (P, 2) of each line.
        slices: (N, R, P) images.
        readout: (R,) frequencies.
        phase: (P,) frequencies.
    """
    energy = sum(np.abs(fft.fft2(image)) ** 2 for image in slices)
    weights = np.stack(((energy * readout[:, None] ** 2).sum(axis=0), energy.sum(axis=0) * phase**2), axis=1)
    return position - (weights * position).sum(axis=0) / np.maximum(weights.sum(axis=0), np.finfo(float).tiny)
