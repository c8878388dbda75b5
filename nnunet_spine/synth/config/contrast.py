"""Settings of the noise-free image: intensities of the tissues, their texture, the borders between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

from nnunet_spine.synth.config.base import Checked, Step
from nnunet_spine.synth.ranges import Range, log_uniform, normal, uniform
from nnunet_spine.synth.tissues import NAMES, STRUCTURES

PriorName = Literal["uniform", "t1", "t2", "mixed", "fitted"]
PRIORS: tuple[str, ...] = get_args(PriorName)
TissueName = Literal[NAMES]
"""What `plain` reads from the type of a mapping: the keys that it may have."""
StructureName = Literal[tuple(STRUCTURES)]
UNLABELLED_RULES = ("uniform", "prior")
SOURCES = ("mixture", "image")


@dataclass(frozen=True)
class TissuePrior:
    """Distribution of the mean of a tissue's regions, and of the deviation of their voxels."""

    mean: Range
    std: Range


Prior = Mapping[TissueName, TissuePrior]
"""A prior for each tissue named in `tissues.NAMES`; one that is missing takes that of the whole it is a part of."""


@dataclass(frozen=True)
class IntensityConfig(Checked):
    """The Gaussian mixture: mean and deviation of every region, drawn from one of the priors in every sample.

    Attributes:
        source: what the image is made of: the `mixture`, with texture, trabeculae and partial volume, or in place of
            all these the real `image` in another `contrast`.
        priors: weight of each prior: `uniform` (`mean` and `std` below, for all tissues), `t1` and `t2` (the tables
            in `priors`), `mixed` (between the two), `fitted` (to real images, see `nnunet-spine priors`).
        mean: mean of a tissue, and of every region of unlabelled tissue, in the prior `uniform`. Signals are products,
            of densities and of what decays, so that most of an image is much darker than its brightest tissue.
        std: deviation of the voxels of a region around its mean, in the prior `uniform`.
        cortex: mean of cortical bone, which is dark in every sequence, in priors that do not name it.
        t2_share: of the prior `mixed`; 0 is T1, 1 is T2.
        unlabelled: intensities of unlabelled tissue: `uniform` whatever the prior, or what the `prior` says.
        curve: share of the samples in which regions that follow each other in the guide have similar intensities, as
            tissues that blend into each other have: intensities lie on a random curve along the regions. In the others
            those of every region are its own.
        curve_points: nodes of the curve, along the largest number of regions that there may be.
        curve_begin: where the curve of unlabelled tissue begins, as a quantile of its intensities: what is darkest in
            the guide is air or cortical bone, which are dark in every sequence; [0, 1] leaves it open.
        alike: for each structure the share of the samples in which it is as bright as what is unlabelled and as bright
            in the guide, where that is the real image: S1 is like L5, and fat and veins in the canal are like those
            outside of it. Then brightness does not tell what has a label, and its border need not be an edge.
        level_spread: difference between levels of one tissue, relative to its mean.
        region_spread: difference between the regions of one structure, relative to its mean.
        fitted: for each sequence the prior that was fitted to it; one of the sequences is drawn in every sample.
    """

    NOT_NEGATIVE: ClassVar = ("std",)
    SHARES: ClassVar = ("t2_share", "curve", "curve_begin")
    WHOLE: ClassVar = ("curve_points",)
    CHOICES: ClassVar = {"source": SOURCES, "unlabelled": UNLABELLED_RULES}

    source: str = "mixture"
    priors: Mapping[PriorName, float] = field(default_factory=lambda: {"uniform": 1.0})
    mean: Range = log_uniform(0.05, 1)
    std: Range = uniform(0, 0.03)
    cortex: Range = uniform(0, 0.06)
    t2_share: Range = uniform(0, 1)
    unlabelled: str = "uniform"
    curve: float = 1.0
    curve_points: Range = uniform(3, 8)
    curve_begin: Range = uniform(0, 0.1)
    alike: Mapping[StructureName, float] = field(default_factory=lambda: {"vertebra": 0.35, "canal": 0.4, "disc": 0.35})
    level_spread: Range = uniform(-0.3, 0.3)
    region_spread: Range = uniform(-0.6, 0.6)
    fitted: Mapping[str, Prior] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._expect(self.curve_points.a >= 2, "curve_points", "2 or more")
        self._expect(bool(self.priors) and set(self.priors) <= set(PRIORS), "priors", f"weights of {', '.join(PRIORS)}")
        weights = self.priors.values()
        self._expect(min(weights) >= 0 and sum(weights) > 0, "priors", "weights from 0, one of them above 0")
        if self.priors.get("fitted"):
            self._expect(bool(self.fitted), "fitted", "a file of `nnunet-spine priors` for the prior of that name")
        self._expect(set(self.alike) <= set(STRUCTURES), "alike", f"shares of {', '.join(STRUCTURES)}")
        self._expect(all(0 <= share <= 1 for share in self.alike.values()), "alike", "shares from 0 to 1")
        named = {tissue for prior in self.fitted.values() for tissue in prior}
        self._expect(named <= set(NAMES), "fitted", f"tissues out of {', '.join(NAMES)}")


@dataclass(frozen=True)
class ContrastConfig(Step):
    """Another contrast of the real image, where that is what the image is made of (`intensity.source`).

    Attributes:
        strength: share of the other contrast; the rest is the image as it was.
        points: how often the curve may turn: it is a cubic B-spline of random coefficients whose nodes are 1 /
            (`points` - 1) of the way from black to white apart; its lowest value becomes black, its highest white.
        network: share of these samples whose contrast a random shallow convolution network makes instead of the curve.
    """

    SHARES: ClassVar = ("probability", "strength", "network")
    WHOLE: ClassVar = ("points",)

    probability: float = 0.9
    strength: Range = uniform(0.5, 1)
    points: Range = uniform(2, 6)
    network: float = 0.4

    def __post_init__(self) -> None:
        super().__post_init__()
        self._expect(self.points.a >= 2, "points", "2 or more")


@dataclass(frozen=True)
class TextureConfig(Step):
    """Spatial correlation of the voxels' deviation; white noise where it is not applied.

    Attributes:
        grain_mm: distance over which neighbours deviate alike.
        octaves: number of grains, each twice as coarse as the one before (Perlin's noise).
        persistence: deviation of the coarser octaves together relative to the next finer one.
        share: part of a region's variance that is correlated; drawn for each region, the rest is white.
    """

    POSITIVE: ClassVar = ("grain_mm", "octaves", "persistence")
    WHOLE: ClassVar = ("octaves",)
    SHARES: ClassVar = ("probability", "share")

    probability: float = 0.2
    grain_mm: Range = uniform(1, 3)
    octaves: Range = uniform(1, 2)
    persistence: Range = uniform(0.7, 1.4)
    share: Range = uniform(0.5, 1)


@dataclass(frozen=True)
class TrabecularConfig(Step):
    """Trabeculae of spongy bone: strands of marrow and bone along one axis of the slice, within the vertebrae.

    Attributes:
        width_mm: of a strand.
        elongation: length of a strand relative to its width.
        strength: deviation of the strands' intensity.
    """

    POSITIVE: ClassVar = ("width_mm", "elongation")
    NOT_NEGATIVE: ClassVar = ("strength",)

    probability: float = 0.05
    width_mm: Range = uniform(0.5, 1.5)
    elongation: Range = uniform(2, 5)
    strength: Range = uniform(0.02, 0.1)


@dataclass(frozen=True)
class PartialVolumeConfig(Step):
    """Voxels on a border hold both tissues, on whatever grid.

    Attributes:
        width_voxels: full width at half maximum of the voxel's sensitivity within the slice, in voxels of the grid;
            1.92 at most.
    """

    POSITIVE: ClassVar = ("width_voxels",)

    width_voxels: Range = uniform(0.7, 1.8)


@dataclass(frozen=True)
class GammaConfig(Step):
    """x ** gamma on the range 0 to 1.

    Attributes:
        log_gamma: logarithm of the exponent.
    """

    LOGARITHMS: ClassVar = ("log_gamma",)

    probability: float = 0.3
    log_gamma: Range = normal(0, 0.3)
