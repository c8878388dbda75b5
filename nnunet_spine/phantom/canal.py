"""Paints what lies in the spinal canal: epidural fat, dura, fluid, cord and the roots of the cauda equina."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnunet_spine.labels import CANAL_VALUE
from nnunet_spine.phantom.canvas import Window
from nnunet_spine.phantom.patient import Patient
from nnunet_spine.phantom.profile import Along, Profile
from nnunet_spine.phantom.tissues import TISSUE_ID

ROOT_PAIRS = 18
ROOT_RADIUS_MM = (0.5, 0.85)
DURA_MM = 0.35
END_LEVEL = -3.0
"""The canal is followed down to S4."""
CORD_HALF_DEPTH_MM, CORD_HALF_WIDTH_MM = 3.6, 4.6


@dataclass(frozen=True)
class Sac:
    """Points in and around the dural sac.

    Attributes:
        level: fractional level of each point, see `Profile.level`.
        across: to the left of the sac's centre, relative to its half width.
        deep: behind the sac's centre, relative to its half depth.
        half_width_mm: of the sac at each point.
        half_depth_mm: of the sac at each point.
    """

    level: np.ndarray
    across: np.ndarray
    deep: np.ndarray
    half_width_mm: np.ndarray
    half_depth_mm: np.ndarray

    def at(self, which: np.ndarray) -> Sac:
        """Some of the points."""
        return Sac(**{name: values[which] for name, values in vars(self).items()})

    def distance(self, across: np.ndarray | float, deep: np.ndarray | float, radius: tuple) -> np.ndarray:
        """Relative radius around a centre in relative coordinates, 1 at `radius` mm across and deep."""
        a = (self.across - across) * self.half_width_mm / radius[0]
        d = (self.deep - deep) * self.half_depth_mm / radius[1]
        return np.sqrt(a * a + d * d)


def paint_canal(window: Window, along: Along, patient: Patient, profile: Profile, roots: Sequence[Root]) -> None:
    """Paint the canal. The mask value goes to the dural sac, as in SPIDER; epidural fat stays unlabelled."""
    close = (np.abs(along.left) < 18) & (np.abs(along.back) < 26) & (profile.level[along.rows] > END_LEVEL)
    near = np.flatnonzero(close)
    if not len(near):
        return
    rows = along.rows.ravel()[near]
    width, depth = np.maximum(profile.sac_width[rows], 0.01), np.maximum(profile.sac_depth[rows], 0.01)
    back = along.back.ravel()[near] * profile.canal_cos[rows]
    sac = Sac(profile.level[rows], along.left.ravel()[near] / width, back / depth, width, depth)
    inside = _paint_sac(window, near, sac)
    _paint_nerves(window, near[inside], sac.at(inside), rows[inside], patient, roots)


def _paint_sac(window: Window, near: np.ndarray, sac: Sac) -> np.ndarray:
    """Paint epidural fat, dura and fluid; tells which points lie in the fluid."""
    tissue, structure = window.tissue.reshape(-1), window.structure.reshape(-1)
    # The space around the sac is narrow, but wider behind it, and all round where the sac tapers in the sacrum.
    low = np.clip(1.0 - sac.level, 0, 1)
    fat = np.hypot(
        sac.across * sac.half_width_mm / (sac.half_width_mm + 3.0),
        (sac.deep * sac.half_depth_mm - 1.6 + 1.2 * low) / (sac.half_depth_mm + 2.4 + 2.2 * low),
    )
    tissue[near[fat < 1]] = TISSUE_ID["fat"]
    radius = np.hypot(sac.across, sac.deep)
    wall = np.where(sac.half_depth_mm > 1.5, (radius - 1) * sac.half_depth_mm, np.inf)
    structure[near[wall < DURA_MM]] = CANAL_VALUE
    tissue[near[wall < DURA_MM]] = TISSUE_ID["dura"]
    inside = wall < -DURA_MM
    tissue[near[inside]] = TISSUE_ID["csf"]
    return inside


def _paint_nerves(
    window: Window, near: np.ndarray, sac: Sac, rows: np.ndarray, patient: Patient, roots: Sequence[Root]
) -> None:
    tissue = window.tissue.reshape(-1)
    for root in roots:
        radius = (root.radius_mm, root.radius_mm)
        tissue[near[sac.distance(root.across[rows], root.deep[rows], radius) < 1]] = TISSUE_ID["nerve"]
    tissue[near[_cord(sac, patient) < 1]] = TISSUE_ID["cord"]


def _cord(sac: Sac, patient: Patient) -> np.ndarray:
    """Relative radius in the cord, which tapers over one level and ends in the conus."""
    taper = np.clip((sac.level - patient.conus_level) / 1.1, 1e-3, 1) ** 0.55
    return sac.distance(0.0, 0.12, (CORD_HALF_WIDTH_MM * taper, CORD_HALF_DEPTH_MM * taper))


@dataclass(frozen=True)
class Root:
    """One root of the cauda equina as tables over height, see `Profile`; `across` is far outside where it is not."""

    across: np.ndarray
    deep: np.ndarray
    radius_mm: float


def build_roots(patient: Patient, level: np.ndarray) -> tuple[Root, ...]:
    """The roots of a patient.

    Roots leave the conus, sink to the back (the patient lies on it), and turn to the side and the front where they
    leave the sac, the lateral ones first.

    Args:
        patient: whose.
        level: table of the fractional level over height.
    """
    rng = patient.rng(3)
    return tuple(_root(patient, level, index, side, rng) for index in range(ROOT_PAIRS) for side in (-1, 1))


def _root(patient: Patient, level: np.ndarray, index: int, side: int, rng: np.random.Generator) -> Root:
    top = patient.conus_level + 1.0
    exit_level = top - 1.6 - (top + 0.2) * index / ROOT_PAIRS
    start = 0.12 + 0.3 * rng.random()
    rest = (0.75 * (1 - index / ROOT_PAIRS) + 0.1 * rng.standard_normal(), 0.42 + 0.14 * rng.standard_normal())
    phase, radius = rng.uniform(0, 6.28), rng.uniform(*ROOT_RADIUS_MM)
    way = (top - level) / (top - exit_level)
    settle, out = np.clip(way * 1.6, 0, 1), np.clip((way - 0.8) / 0.2, 0, 1)
    across = side * (start + (rest[0] - start) * settle) + 0.05 * np.sin(3.0 * level + phase)
    across = across + out * (side * 0.9 - across)
    deep = 0.15 + (rest[1] - 0.15) * settle - 0.5 * out + 0.05 * np.sin(2.3 * level + 2 * phase)
    across = np.where((way < 0) | (way > 1), 9.0, across)
    return Root(across.astype(np.float32), deep.astype(np.float32), radius)
