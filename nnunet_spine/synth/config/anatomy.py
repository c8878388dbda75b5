"""Settings of what the label map becomes: regions, parts of structures, deformation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nnunet_spine.synth.config.base import Checked, Step
from nnunet_spine.synth.ranges import Range, uniform

GUIDES = ("clusters", "shapes", "flat")


@dataclass(frozen=True)
class RegionConfig(Checked):
    """How every class is divided into regions that get an intensity of their own.

    Attributes:
        guide: what the regions follow: quantiles of the real image (`clusters`; only their shapes survive, no
            contrast), a smooth random field (`shapes`, needs no image), or nothing (`flat`, one region a class).
        guide_resolution_mm: resolution within the slice that the image is brought to for it, so that regions are not
            speckled; in effect the nearest power of two of voxels.
        background: number of regions of unlabelled tissue.
        structure: number of regions of a labelled structure.
        equalised: what is cut: at 1 quantiles of the guide, so that air and its noise have as many regions as their
            voxels are worth; at 0 its range, so that they have as many as their contrast is.
        shape_mm: distance of the nodes of the random field.
    """

    POSITIVE: ClassVar = ("guide_resolution_mm", "background", "structure", "shape_mm")
    SHARES: ClassVar = ("equalised",)
    WHOLE: ClassVar = ("background", "structure")
    CHOICES: ClassVar = {"guide": GUIDES}

    guide: str = "clusters"
    guide_resolution_mm: Range = uniform(1, 2)
    background: Range = uniform(24, 32)
    structure: Range = uniform(8, 16)
    equalised: Range = uniform(0, 0.4)
    shape_mm: Range = uniform(8, 40)

    @property
    def follow_image(self) -> bool:
        """Whether regions have the shapes of the real image."""
        return self.guide == "clusters"


@dataclass(frozen=True)
class PartsConfig(Step):
    """Parts of structures, and of the tissue around them, that have no label of their own, found by shape in the slice.

    Attributes:
        cortex: share of these samples whose vertebrae have a rim of cortical bone.
        cortex_mm: its thickness, up to discs and canal at most; where it is no whole number of voxels, that on average.
        cortex_inside: share of that within the label.
        cortex_covers_mm: what it covers of discs and canal where they face a vertebra.
        posterior: share of these samples whose arches and processes differ from the vertebral bodies.
        body_mm: a part of a vertebra narrower than this is not its body.
        nucleus: share of these samples whose discs have a nucleus within the annulus.
        annulus_mm: thickness of the annulus along each axis.
        nerves: share of these samples with a cauda equina along one side of the canal.
        csf_mm: width of the fluid on the other side.
    """

    SHARES: ClassVar = ("probability", "cortex", "cortex_inside", "posterior", "nucleus", "nerves")
    POSITIVE: ClassVar = ("cortex_mm", "body_mm", "annulus_mm", "csf_mm")
    NOT_NEGATIVE: ClassVar = ("cortex_covers_mm",)

    probability: float = 0.95
    cortex: float = 1.0
    cortex_mm: Range = uniform(1.4, 2.8)
    cortex_inside: Range = uniform(0, 0.2)
    cortex_covers_mm: Range = uniform(0, 0.8)
    posterior: float = 0.4
    body_mm: Range = uniform(12, 18)
    nucleus: float = 0.4
    annulus_mm: Range = uniform(1, 6)
    nerves: float = 0.8
    csf_mm: Range = uniform(1.5, 9)


@dataclass(frozen=True)
class SpatialConfig(Step):
    """Affine and elastic deformation.

    Attributes:
        rotation_deg: rotation within the plane of best resolution.
        tilt_deg: rotation about the other two axes (3D only).
        scale: size relative to the original, drawn for each axis around a common one within `anisotropy`.
        anisotropy: relative size of an axis against the common one.
        shear: off-diagonal part of the matrix.
        shift_mm: translation.
        elastic_mm: standard deviation of the displacement of the nodes; displacements are bounded so that the
            deformation stays invertible.
        node_distance_mm: distance of the nodes.
    """

    POSITIVE: ClassVar = ("scale", "anisotropy", "node_distance_mm")
    NOT_NEGATIVE: ClassVar = ("elastic_mm",)

    rotation_deg: Range = uniform(-15, 15)
    tilt_deg: Range = uniform(-8, 8)
    scale: Range = uniform(0.85, 1.2)
    anisotropy: Range = uniform(0.92, 1.08)
    shear: Range = uniform(-0.05, 0.05)
    shift_mm: Range = uniform(-10, 10)
    elastic_mm: Range = uniform(0, 3)
    node_distance_mm: float = 30.0
