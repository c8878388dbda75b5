"""What the generator may do: one frozen dataclass a step, and the presets made of them.

Lengths are in millimetres, angles in degrees, intensities relative to a range of 0 to 1 for the noise-free image. Every
step happens in a share of the samples, its `probability`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import ClassVar, Literal, get_args

from nnunet_spine.synth.ranges import Range, normal, uniform

Guide = Literal["image", "noise", "flat"]


class Checked:
    """Settings that refuse what cannot be.

    Attributes:
        POSITIVE: names of the numbers and ranges that have to be above 0.
        SHARES: names of the numbers that have to be between 0 and 1.
    """

    POSITIVE: ClassVar[tuple[str, ...]] = ()
    SHARES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for name in self.SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{type(self).__name__}.{name}: expected 0 to 1, got {getattr(self, name)}")
        for name in self.POSITIVE:
            value = getattr(self, name)
            if isinstance(value, Range) and value.law != "uniform":
                raise ValueError(f"{type(self).__name__}.{name}: expected a uniform law, got {value}")
            if not (value.a if isinstance(value, Range) else value) > 0:
                raise ValueError(f"{type(self).__name__}.{name}: expected more than 0, got {value}")


@dataclass(frozen=True)
class Step(Checked):
    """A step of the recipe; `probability` is the share of samples that it is applied to."""

    SHARES: ClassVar = ("probability",)

    probability: float = 1.0


@dataclass(frozen=True)
class RegionConfig(Checked):
    """How the label map is divided into regions that get an intensity of their own.

    Attributes:
        guide: what the regions follow: quantiles of the real `image` (only their shapes survive, no contrast),
            a smooth random field (`noise`, needs no image), or nothing (`flat`, one region a class).
        guide_resolution_mm: resolution within the slice that the image is brought to for it, so that regions are not
            speckled.
        background: number of regions of unlabelled tissue.
        structure: number of regions of a labelled structure.
        noise_scale_mm: distance of the nodes of the random field.
    """

    POSITIVE: ClassVar = ("guide_resolution_mm", "background", "structure", "noise_scale_mm")

    guide: Guide = "image"
    guide_resolution_mm: Range = uniform(0.7, 2.8)
    background: Range = uniform(3, 12)
    structure: Range = uniform(1, 3)
    noise_scale_mm: Range = uniform(8, 40)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.guide not in get_args(Guide):
            raise ValueError(f"RegionConfig.guide: expected one of {get_args(Guide)}, got {self.guide!r}")
        for name in ("background", "structure"):
            ends = getattr(self, name)
            if ends.a % 1 or ends.b % 1:
                raise ValueError(f"RegionConfig.{name}: expected whole numbers of regions, got {ends}")


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

    rotation_deg: Range = uniform(-15, 15)
    tilt_deg: Range = uniform(-8, 8)
    scale: Range = uniform(0.8, 1.2)
    anisotropy: Range = uniform(0.92, 1.08)
    shear: Range = uniform(-0.05, 0.05)
    shift_mm: Range = uniform(-10, 10)
    elastic_mm: Range = uniform(0, 4)
    node_distance_mm: float = 30.0


@dataclass(frozen=True)
class IntensityConfig:
    """The Gaussian mixture: mean and deviation of every region.

    Attributes:
        mean: mean of a tissue, and of every region of unlabelled tissue.
        level_spread: difference between levels of one tissue.
        region_spread: difference between the regions of one structure.
        std: deviation of the voxels of a region around its mean.
    """

    mean: Range = uniform(0, 1)
    level_spread: Range = uniform(-0.04, 0.04)
    region_spread: Range = uniform(-0.125, 0.125)
    std: Range = uniform(0, 0.12)


@dataclass(frozen=True)
class TextureConfig(Step):
    """Spatial correlation of the voxels' deviation; white noise where it is not applied.

    Attributes:
        grain_mm: distance over which neighbours deviate alike.
    """

    POSITIVE: ClassVar = ("grain_mm",)

    probability: float = 0.5
    grain_mm: Range = uniform(1, 3)


@dataclass(frozen=True)
class BiasConfig(Step):
    """Multiplicative field of the receive coils, exp of a smooth field.

    Attributes:
        log_std: deviation of the logarithm at the nodes.
        node_distance_mm: distance of the nodes.
    """

    POSITIVE: ClassVar = ("node_distance_mm",)

    log_std: Range = uniform(0, 0.5)
    node_distance_mm: float = 80.0


@dataclass(frozen=True)
class GammaConfig(Step):
    """x ** gamma on the range 0 to 1.

    Attributes:
        log_gamma: logarithm of the exponent.
    """

    log_gamma: Range = normal(0, 0.4)


@dataclass(frozen=True)
class ResolutionConfig(Step):
    """Acquisition at a coarser grid, with the point spread function that belongs to it, and back.

    Attributes:
        inplane_mm: resolution along the axes within the slice; finer than the grid has no effect.
        anisotropy: factor between the axes within the slice.
        slice_mm: slice thickness (3D only).
    """

    POSITIVE: ClassVar = ("inplane_mm", "anisotropy", "slice_mm")

    probability: float = 0.7
    inplane_mm: Range = uniform(0.5, 3)
    anisotropy: Range = uniform(0.8, 1.25)
    slice_mm: Range = uniform(1, 6)


@dataclass(frozen=True)
class NoiseConfig(Step):
    """Noise of the magnitude image.

    Attributes:
        sigma: deviation of the noise in each of the two receive channels.
        rician: share of the samples with Rician instead of Gaussian noise.
    """

    SHARES: ClassVar = ("probability", "rician")

    sigma: Range = uniform(0, 0.06)
    rician: float = 0.5


@dataclass(frozen=True)
class NormaliseConfig:
    """nnU-Net's Z-score, which is that of the volume, while a sample is a patch: the rest is left random.

    Attributes:
        log_scale: logarithm of a factor after the Z-score.
        shift: offset after it.
    """

    log_scale: Range = normal(0, 0.1)
    shift: Range = normal(0, 0.2)


@dataclass(frozen=True)
class SynthConfig:
    """Settings of the whole recipe, in the order of its steps."""

    regions: RegionConfig = field(default_factory=RegionConfig)
    spatial: SpatialConfig = field(default_factory=SpatialConfig)
    intensity: IntensityConfig = field(default_factory=IntensityConfig)
    texture: TextureConfig = field(default_factory=TextureConfig)
    bias: BiasConfig = field(default_factory=BiasConfig)
    gamma: GammaConfig = field(default_factory=GammaConfig)
    resolution: ResolutionConfig = field(default_factory=ResolutionConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    normalise: NormaliseConfig = field(default_factory=NormaliseConfig)

    def describe(self) -> list[str]:
        """One line a step, for logs."""
        return [f"{item.name}: {getattr(self, item.name)}" for item in fields(self)]


PRESETS: dict[str, SynthConfig] = {"spine": SynthConfig()}
