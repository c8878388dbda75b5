"""Curves along the spine as tables over height: where canal, front of the bodies, spinous tips and skin lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.interpolate import PchipInterpolator

from nnunet_spine.phantom.geometry import Coordinates
from nnunet_spine.phantom.patient import Patient
from nnunet_spine.phantom.spine import Body, Spine

STEP_MM = 0.5
BOTTOM_MM, TOP_MM = -160.0, 460.0

EPIDURAL_MM = 1.2
"""From the back of a body to the front of the dural sac; more at L5 and in the sacrum, see `epidural_gap_mm`."""

SAC_HALF_DEPTH_MM, SAC_HALF_WIDTH_MM = 7.2, 9.6


@dataclass(frozen=True)
class Profile:
    """Tables over world height z, sampled every `STEP_MM` from `BOTTOM_MM`.

    Attributes:
        canal_x: centre of the dural sac, to the left.
        canal_y: centre of the dural sac, to the back.
        canal_cos: cosine of the sac's inclination in the sagittal plane.
        sac_depth: half extent of the sac across its axis, front to back; 0 below its end.
        sac_width: half extent sideways.
        front_y: front of the vertebral bodies, smoothed.
        fascia_y: back of the muscles in the midline.
        skin_y: skin of the back in the midline.
        belly_y: skin of the belly.
        level: number of the level at this height, fractional; 0.5 in the middle of L5, less in the sacrum.
    """

    canal_x: np.ndarray
    canal_y: np.ndarray
    canal_cos: np.ndarray
    sac_depth: np.ndarray
    sac_width: np.ndarray
    front_y: np.ndarray
    fascia_y: np.ndarray
    skin_y: np.ndarray
    belly_y: np.ndarray
    level: np.ndarray

    def along(self, points: Coordinates) -> Along:
        """World points relative to the canal."""
        x, y, z = points
        rows = (z - np.float32(BOTTOM_MM)) * np.float32(1 / STEP_MM)
        rows = np.clip(rows, 0, len(self.level) - 1).astype(np.int32)
        return Along(rows, x - self.canal_x[rows], y - self.canal_y[rows])


@dataclass(frozen=True)
class Along:
    """Points relative to the canal at their height.

    Attributes:
        rows: index of each point into the tables of a `Profile`.
        left: mm to the left of the canal's centre.
        back: mm behind the canal's centre, horizontally.
    """

    rows: np.ndarray
    left: np.ndarray
    back: np.ndarray


def heights() -> np.ndarray:
    """The heights of the tables' entries."""
    return np.arange(BOTTOM_MM, TOP_MM, STEP_MM)


def sac_half_depth(patient: Patient) -> float:
    """Half extent of the dural sac from front to back at L3."""
    return SAC_HALF_DEPTH_MM * patient.canal_factor * patient.scale**0.5


def build_profile(patient: Patient, spine: Spine) -> Profile:
    """All tables of a patient."""
    z = heights()
    depth = sac_half_depth(patient)
    canal = _curve(_canal_points(spine, depth), z)
    level = _curve(_level_points(spine), z)[:, 0]
    fascia = _smooth(_curve(_tip_points(spine, depth), z)[:, 1], 10.0) + 3.0
    front = _smooth(_curve(_front_points(spine), z)[:, 1], 4.0)
    taper = np.clip((level + 2.0) / 1.9, 0, 1) ** 0.6
    above = np.clip((level - 4.5) / 3.0, 0, 1)
    tables = Profile(
        canal_x=canal[:, 0],
        canal_y=canal[:, 1],
        canal_cos=1 / np.hypot(1, np.gradient(canal[:, 1], STEP_MM)),
        sac_depth=depth * taper * (1 - 0.05 * above),
        sac_width=SAC_HALF_WIDTH_MM * patient.canal_factor * patient.scale**0.5 * taper * (1 - 0.14 * above),
        front_y=front,
        fascia_y=fascia,
        skin_y=_skin(fascia, patient.back_fat_mm * _back_fat_factor(level), z),
        belly_y=_smooth(np.minimum(front, 0.0), 50.0) - patient.belly_mm * (1 - 0.12 * np.cos((z - 70) / 75)),
        level=level,
    )
    return Profile(**{name: table.astype(np.float32) for name, table in vars(tables).items()})


def _curve(points: np.ndarray, z: np.ndarray) -> np.ndarray:
    """(n, 3) points of rising height to (len(z), 2): their first two coordinates at heights z, straight outside."""
    points = points[np.argsort(points[:, 2])]
    inside = np.clip(z, points[0, 2], points[-1, 2])
    spline = PchipInterpolator(points[:, 2], points[:, :2])
    ends = np.where(z < inside, 0, -1)
    slope = (points[[1, -1], :2] - points[[0, -2], :2]) / (points[[1, -1], 2:] - points[[0, -2], 2:])
    return spline(inside) + (z - inside)[:, None] * slope[ends]


def _smooth(table: np.ndarray, sigma_mm: float) -> np.ndarray:
    return ndimage.gaussian_filter1d(table, sigma_mm / STEP_MM, mode="nearest")


def _canal_points(spine: Spine, half_depth: float) -> np.ndarray:
    """Centre of the canal behind every body and every disc."""
    bodies = [*reversed(spine.sacrum), *spine.vertebrae]
    depth = [half_depth * (1.0 if body.level > 0 else 0.85 + 0.15 * body.level) for body in bodies]
    mid = [
        body.frame.to_world((0, body.half_depth_mm + epidural_gap_mm(body) + d, 0))
        for body, d in zip(bodies, depth, strict=True)
    ]
    return np.array(mid)


def _level_points(spine: Spine) -> np.ndarray:
    bodies = [*reversed(spine.sacrum), *spine.vertebrae]
    return np.array([[body.level - 0.5, 0.0, body.frame.origin_mm[2]] for body in bodies])


def _front_points(spine: Spine) -> np.ndarray:
    bodies = [*reversed(spine.sacrum), *spine.vertebrae]
    return np.array([body.frame.to_world((0, -body.half_depth_mm, 0)) for body in bodies])


def _tip_points(spine: Spine, half_depth: float) -> np.ndarray:
    """The tips of the spinous processes, and of the sacrum's median crest."""
    lumbar = [body.frame.to_world(spinous_tip(body, half_depth)) for body in spine.vertebrae]
    crest = [
        body.frame.to_world((0, body.half_depth_mm + 2.0 * half_depth + c, 0))
        for body, c in zip(spine.sacrum, (15.0, 11.0, 9.0, 7.0), strict=True)
    ]
    return np.array([*reversed(crest), *lumbar])


def epidural_gap_mm(body: Body) -> float:
    """From the back of a body to the front of the dural sac: fat parts the two from L5 downwards."""
    return EPIDURAL_MM + 1.3 * float(np.clip(2 - body.level, 0, 2))


def spinous_tip(body: Body, half_depth: float) -> tuple[float, float, float]:
    """Local position of the tip of the spinous process; thoracic ones are longer and point down more."""
    thoracic = float(np.clip((body.level - 4.5) / 2.5, 0, 1))
    short = 0.78 if body.level == 1 else 1.0
    back = body.half_depth_mm + epidural_gap_mm(body) + 2 * half_depth + 7.0 + 24.0 * short * body.size**0.5
    return 0.0, back - 3.0 * thoracic, -(0.42 + 0.75 * thoracic) * 2 * body.half_height_mm


def _skin(fascia: np.ndarray, fat_mm: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Skin of the back: follows the lordosis in part, and falls straight from the sacrum until that comes close."""
    hanging = np.where(z < -15, fascia[np.searchsorted(z, -15)], fascia)
    return _smooth(np.maximum(_smooth(hanging, 30.0) + fat_mm, fascia + 5.0) + 2.0, 8.0)


def _back_fat_factor(level: np.ndarray) -> np.ndarray:
    """Fat under the skin of the back: thickest over the sacrum, thinnest at the thoracolumbar junction."""
    return 0.6 + 0.75 / (1 + np.exp((level - 1.6) / 0.9))
