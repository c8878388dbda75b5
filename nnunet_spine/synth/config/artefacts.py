"""Settings of what acquisition does to the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nnunet_spine.synth.config.base import Checked, Step
from nnunet_spine.synth.ranges import Range, normal, uniform


@dataclass(frozen=True)
class ChemicalShiftConfig(Step):
    """Fat is read out beside where it is: dark and bright rims where it borders on water.

    Attributes:
        shift_px: displacement of fat along the readout axis, either way.
        fat_regions: share of the regions of unlabelled tissue that are fat.
        marrow_fat: fat fraction of bone marrow.
    """

    SHARES: ClassVar = ("probability", "fat_regions", "marrow_fat")
    POSITIVE: ClassVar = ("shift_px",)

    probability: float = 0.04
    shift_px: Range = uniform(0.5, 3)
    fat_regions: float = 0.4
    marrow_fat: Range = uniform(0.2, 0.6)


@dataclass(frozen=True)
class FlowVoidConfig(Step):
    """Moving fluid in the canal loses signal in patches.

    Attributes:
        strength: share of the signal that is lost at most.
        size_mm: distance between patches.
    """

    SHARES: ClassVar = ("probability", "strength")
    POSITIVE: ClassVar = ("size_mm",)

    probability: float = 0.04
    strength: Range = uniform(0.2, 0.9)
    size_mm: Range = uniform(6, 20)


@dataclass(frozen=True)
class CoilConfig(Step):
    """Sensitivity of a surface coil, falling off from one side of the slice.

    Attributes:
        falloff_mm: distance at which half of the sensitivity is left.
    """

    POSITIVE: ClassVar = ("falloff_mm",)
    MOST: ClassVar = 1e9  # so far that there is no falloff

    probability: float = 0.1
    falloff_mm: Range = uniform(60, 250)


@dataclass(frozen=True)
class BiasConfig(Step):
    """Multiplicative field of the receive coils, exp of a smooth field.

    Attributes:
        log_std: deviation of the logarithm at the nodes.
        node_distance_mm: distance of the nodes.
    """

    POSITIVE: ClassVar = ("node_distance_mm",)
    NOT_NEGATIVE: ClassVar = ("log_std",)
    LOGARITHMS: ClassVar = ("log_std",)

    probability: float = 0.8
    log_std: Range = uniform(0, 0.4)
    node_distance_mm: float = 80.0


@dataclass(frozen=True)
class MotionConfig(Step):
    """The patient moves along the phase encoding axis while its lines of k-space are measured one after the other.

    Attributes:
        drift_mm: distance between the positions at the beginning and at the end, which blurs.
        amplitude_mm: of a periodic motion, which makes ghosts.
        cycles: periods during the acquisition; ghosts lie as many voxels apart.
    """

    POSITIVE: ClassVar = ("cycles",)
    NOT_NEGATIVE: ClassVar = ("drift_mm", "amplitude_mm")

    probability: float = 0.04
    drift_mm: Range = uniform(0, 2)
    amplitude_mm: Range = uniform(0.1, 1)
    cycles: Range = uniform(3, 60)


@dataclass(frozen=True)
class PulsationConfig(Step):
    """Ghosts of the pulsating fluid of the canal along phase encoding.

    Attributes:
        strength: signal of a ghost relative to the canal's.
        distance_mm: between the canal and its first ghosts.
    """

    POSITIVE: ClassVar = ("distance_mm",)
    SHARES: ClassVar = ("probability", "strength")

    probability: float = 0.04
    strength: Range = uniform(0.05, 0.3)
    distance_mm: Range = uniform(10, 80)


@dataclass(frozen=True)
class GibbsConfig(Step):
    """Ringing at edges: k-space ends before the detail does.

    Attributes:
        cutoff: share of the frequencies that are measured, drawn for each axis within the slice.
    """

    POSITIVE: ClassVar = ("cutoff",)
    SHARES: ClassVar = ("probability", "cutoff")

    probability: float = 0.05
    cutoff: Range = uniform(0.4, 0.9)


@dataclass(frozen=True)
class WrapConfig(Step):
    """What lies beyond one side of the field of view comes in from the other side.

    Attributes:
        fold_mm: width of the strip.
        strength: signal in it relative to the rest.
    """

    POSITIVE: ClassVar = ("fold_mm",)
    SHARES: ClassVar = ("probability", "strength")

    probability: float = 0.03
    fold_mm: Range = uniform(5, 40)
    strength: Range = uniform(0.2, 1)


@dataclass(frozen=True)
class SpikeConfig(Step):
    """Stripes all over the slice, from single wrong points of k-space.

    Attributes:
        count: number of points.
        amplitude: of the stripes of each.
        period_mm: distance of the stripes.
    """

    POSITIVE: ClassVar = ("count", "period_mm")
    NOT_NEGATIVE: ClassVar = ("amplitude",)
    WHOLE: ClassVar = ("count",)

    probability: float = 0.02
    count: Range = uniform(1, 3)
    amplitude: Range = uniform(0.02, 0.1)
    period_mm: Range = uniform(2, 20)


@dataclass(frozen=True)
class ResolutionConfig(Step):
    """Acquisition at a coarser grid, with the point spread function that belongs to it, and back.

    Attributes:
        inplane_mm: resolution along the axes within the slice; finer than the grid has no effect.
        anisotropy: factor between the axes within the slice.
        slice_mm: slice thickness (3D only).
    """

    POSITIVE: ClassVar = ("inplane_mm", "anisotropy", "slice_mm")

    probability: float = 0.4
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

    NOT_NEGATIVE: ClassVar = ("sigma",)
    SHARES: ClassVar = ("probability", "rician")

    sigma: Range = uniform(0, 0.015)
    rician: float = 0.5


@dataclass(frozen=True)
class NormaliseConfig(Checked):
    """nnU-Net's Z-score, which is that of the volume, while a sample is a patch: the rest is left random.

    Attributes:
        log_scale: logarithm of a factor after the Z-score.
        shift: offset after it.
    """

    LOGARITHMS: ClassVar = ("log_scale",)

    log_scale: Range = normal(0, 0.1)
    shift: Range = normal(0, 0.2)
