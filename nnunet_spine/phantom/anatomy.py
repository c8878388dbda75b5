"""The anatomy of one patient, and how a slice of it is painted on a fine grid: the recipe, back to front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnunet_spine.phantom.bones import paint_disc, paint_sacrum, paint_vertebra
from nnunet_spine.phantom.canal import Root, build_roots, paint_canal
from nnunet_spine.phantom.canvas import Canvas, Textures
from nnunet_spine.phantom.geometry import Grid
from nnunet_spine.phantom.patient import Patient
from nnunet_spine.phantom.profile import Profile, build_profile, sac_half_depth
from nnunet_spine.phantom.softtissue import paint_crura, paint_exits, paint_psoas, paint_trunk, paint_vessels
from nnunet_spine.phantom.spine import Spine, build_spine


@dataclass(frozen=True)
class Anatomy:
    """Everything that is fixed once a patient is known."""

    patient: Patient
    spine: Spine
    profile: Profile
    roots: tuple[Root, ...]
    textures: Textures

    @classmethod
    def of(cls, patient: Patient) -> Anatomy:
        """Build the anatomy of a patient."""
        spine = build_spine(patient)
        profile = build_profile(patient, spine)
        return cls(patient, spine, profile, build_roots(patient, profile.level), Textures.of(patient))

    def paint(self, grid: Grid, labelled_levels: int) -> Canvas:
        """Tissue map and mask values on the fine grid of one slice.

        Args:
            grid: fine grid, see `Grid.slab`.
            labelled_levels: vertebrae above this level, and the discs below them, carry no label.
        """
        canvas = Canvas(grid, self.textures)
        whole, half_depth = canvas.whole, sac_half_depth(self.patient)
        along = self.profile.along(whole.points)
        paint_trunk(canvas, along, self.patient, self.profile)
        paint_psoas(canvas, along, self.patient, self.profile)
        paint_crura(canvas, along, self.profile)
        paint_vessels(canvas, along, self.profile)
        for body, disc_height in zip(self.spine.vertebrae, self.spine.disc_height_mm, strict=True):
            paint_exits(canvas, body, half_depth, disc_height)
        paint_canal(whole, along, self.patient, self.profile, self.roots)
        for body in self.spine.vertebrae:
            paint_disc(canvas, self.spine, body.level, body.level <= labelled_levels)
        paint_sacrum(canvas, self.spine, half_depth)
        for body in self.spine.vertebrae:
            paint_vertebra(canvas, body, half_depth, body.level if body.level <= labelled_levels else 0)
        return canvas


def majority(structure: np.ndarray, supersampling: int) -> np.ndarray:
    """Mask of one slice from the mask values of its fine grid.

    The median of the fine elements of a pixel is the value of their majority wherever there is one.

    Args:
        structure: uint8 (planes, rows * supersampling, columns * supersampling).
        supersampling: fine elements per pixel and direction.

    Returns:
        uint8 (rows, columns).
    """
    planes, rows, columns = structure.shape
    s = supersampling
    parts = structure.reshape(planes, rows // s, s, columns // s, s).transpose(1, 3, 0, 2, 4)
    parts = parts.reshape(rows // s, columns // s, planes * s * s)
    middle = parts.shape[-1] // 2
    return np.partition(parts, middle, axis=-1)[..., middle]
