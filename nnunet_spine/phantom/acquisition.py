"""From anatomy to magnitude images: excitation, receive coil, k-space, noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.signal.windows import tukey

from nnunet_spine.phantom.anatomy import Anatomy, majority
from nnunet_spine.phantom.canvas import Canvas
from nnunet_spine.phantom.profile import heights
from nnunet_spine.phantom.protocols import SEQUENCES, Protocol
from nnunet_spine.phantom.scan import Scan
from nnunet_spine.phantom.sequences import tissue_signals
from nnunet_spine.phantom.tissues import TISSUE_ID, TISSUES

NOISE_RANGE = {"t1": (0.015, 0.04), "t2": (0.025, 0.06), "t2_SPACE": (0.04, 0.08)}
"""Deviation of the noise relative to the marrow's signal at the coil."""

FILTER_ROLL_OFF = 0.3
"""Share of the k-space lines that the raw filter attenuates."""

_GRAIN = np.array([tissue.grain for tissue in TISSUES], np.float32)
_MOTTLE = np.array([tissue.mottle for tissue in TISSUES], np.float32)


@dataclass(frozen=True)
class Acquisition:
    """How one series is acquired.

    Attributes:
        protocol: the protocol.
        water: signal of the water in every tissue.
        fat: signal of the fat in every tissue.
        receive: (rows, columns) of the fine grid: coil sensitivity times presaturation.
        correction: (rows, columns): factor of the intensity correction.
        noise: deviation of real and imaginary part in the image.
        rng: source of the noise.
    """

    protocol: Protocol
    water: np.ndarray
    fat: np.ndarray
    receive: np.ndarray
    correction: np.ndarray
    noise: float
    rng: np.random.Generator


def acquire(
    anatomy: Anatomy, scan: Scan, protocols: Mapping[str, Protocol]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Acquire several series in one geometry; the anatomy is painted once.

    Args:
        anatomy: who is scanned.
        scan: where the slices lie.
        protocols: sequence name -> protocol.

    Returns:
        mask: uint8 (slices, rows, columns) of SPIDER's values.
        images: sequence name -> float32 magnitude image of the same shape.
    """
    series = {name: prepare(anatomy, scan, protocol) for name, protocol in protocols.items()}
    mask = np.zeros(scan.grid.shape, np.uint8)
    images = {name: np.zeros(scan.grid.shape, np.float32) for name in series}
    for index in range(scan.grid.shape[0]):
        size = scan.size
        slab = scan.grid.slab(index, scan.thickness_mm, size.subslices, size.supersampling)
        canvas = anatomy.paint(slab, anatomy.patient.visible_levels)
        mask[index] = majority(canvas.whole.structure, size.supersampling)
        texture = _texture(canvas)
        for name, acquisition in series.items():
            water, fat = (_excite(canvas, table, texture) for table in (acquisition.water, acquisition.fat))
            images[name][index] = read_out(water, fat, acquisition, scan)
    mask[:, ~scan.covered] = 0
    return mask, images


def prepare(anatomy: Anatomy, scan: Scan, protocol: Protocol) -> Acquisition:
    """Draw what varies between series: coil, correction, presaturation, noise."""
    rng = anatomy.patient.rng(10 + SEQUENCES.index(protocol.sequence))
    water, fat = tissue_signals(protocol, anatomy.patient.marrow_fat)
    plane = scan.grid.slab(scan.grid.shape[0] // 2, 0.1, 1, scan.size.supersampling)
    _, y, z = (p[0] for p in plane.coordinates())
    coil = _coil(anatomy, y, z)
    receive = coil * _presaturation(anatomy, scan, y, z, rng)
    s = scan.size.supersampling
    correction = coil[s // 2 :: s, s // 2 :: s] ** -rng.uniform(0.35, 0.8)
    marrow = TISSUE_ID["marrow"]
    noise = float(rng.uniform(*NOISE_RANGE[protocol.sequence]) * (water[marrow] + fat[marrow]))
    return Acquisition(protocol, water, fat, receive, correction, noise, rng)


def _coil(anatomy: Anatomy, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Sensitivity of a flat array under the back, 1 at the coil; it ends above and below the field of view."""
    table = float(anatomy.profile.skin_y[(heights() > -40) & (heights() < 250)].max())
    depth = np.maximum(table + 6 - y, 0) / 95.0
    height = (z - 105.0) / 230.0
    return 1 / (1 + depth**1.8) / (1 + height**4)


def _presaturation(anatomy: Anatomy, scan: Scan, y: np.ndarray, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a saturation slab in front of the spine leaves of the signal."""
    grid = scan.grid
    low = grid.origin_mm[2] - grid.spacing_mm[1] * grid.shape[1]
    seen = (heights() > max(low, 0)) & (heights() < grid.origin_mm[2])
    slope, start = np.polyfit(heights()[seen], anatomy.profile.front_y[seen], 1)
    gap, thickness, left = rng.uniform(8, 30), rng.uniform(60, 110), rng.uniform(0.08, 0.5)
    depth = start + slope * z - gap - y
    inside = 1 / (1 + np.exp(-depth / 3.0)) / (1 + np.exp((depth - thickness) / 3.0))
    return 1 - (1 - left) * inside * (rng.random() < 0.8)


def _texture(canvas: Canvas) -> np.ndarray:
    """Factor on every fine element's signal: tissues are not uniform."""
    tissue = canvas.whole.tissue
    grain, mottle = canvas.texture("grain"), canvas.texture("mottle")
    return np.maximum(1 + _GRAIN[tissue] * grain + _MOTTLE[tissue] * mottle, 0)


def _excite(canvas: Canvas, table: np.ndarray, texture: np.ndarray) -> np.ndarray:
    """Signal of one slice, averaged over its planes; the outer ones count less, as slice profiles are not boxes."""
    planes = canvas.whole.tissue.shape[0]
    profile = np.ones(planes, np.float32)
    if planes > 2:
        profile[[0, -1]] = 0.7
    return np.einsum("i,ijk->jk", profile / profile.sum(), table[canvas.whole.tissue] * texture)


def read_out(water: np.ndarray, fat: np.ndarray, acquisition: Acquisition, scan: Scan) -> np.ndarray:
    """Sample k-space, add noise, and reconstruct the magnitude on the pixel grid.

    The readout runs along the columns (front to back), the phase encoding along the rows, as in all but one of
    SPIDER's series. Fat is displaced along the readout.
    """
    protocol, size = acquisition.protocol, scan.size
    rows, columns = scan.grid.shape[1:]
    sampled = (_even(rows * size.readout * min(protocol.sampling_percent, 100) / 100), _even(columns * size.readout))
    shift = protocol.fat_shift_mm / scan.grid.spacing_mm[2]
    half = 0.5 - 0.5 / size.supersampling
    kspace = _sample(water * acquisition.receive, sampled, (rows, columns), (half, half))
    kspace += _sample(fat * acquisition.receive, sampled, (rows, columns), (half, half - shift))
    deviation = acquisition.noise * rows * columns / np.sqrt(kspace.size)
    kspace += deviation * (acquisition.rng.standard_normal((*sampled, 2), np.float32) @ np.array([1, 1j], np.complex64))
    # The raw filter of the scanner, which tames the ringing at edges and takes some noise with it.
    kspace *= np.outer(*(tukey(n + 2, FILTER_ROLL_OFF)[1:-1] for n in sampled)).astype(np.float32)
    full = np.zeros((rows, columns), np.complex64)
    full[tuple(slice((n - m) // 2, (n - m) // 2 + m) for n, m in zip(full.shape, sampled, strict=True))] = kspace
    return np.abs(fft.ifft2(fft.ifftshift(full))) * acquisition.correction


def _sample(
    image: np.ndarray, sampled: tuple[int, int], pixels: tuple[int, int], offset: tuple[float, float]
) -> np.ndarray:
    """The central part of an image's k-space, zero frequency in the middle.

    Args:
        image: fine grid.
        sampled: k-space lines to keep.
        pixels: size of the pixel grid, to which amplitudes refer.
        offset: by how many pixels to move the image towards the first row and column.
    """
    kspace = image
    for axis in (1, 0):
        kspace = fft.fft(kspace.astype(np.complex64), axis=axis)
        order = np.arange(sampled[axis]) - sampled[axis] // 2
        ramp = np.exp(2j * np.pi * order * offset[axis] / pixels[axis]) * (pixels[axis] / image.shape[axis])
        kspace = np.take(kspace, order, axis=axis) * np.expand_dims(ramp.astype(np.complex64), 1 - axis)
    return kspace


def _even(number: float) -> int:
    return 2 * round(number / 2)
