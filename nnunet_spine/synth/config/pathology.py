"""Settings of lesions, each at a random place of the structure that it belongs to; labels follow what is deformed.

Every kind happens at most once in a sample. Widths are full widths at half maximum unless it is said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from nnunet_spine.synth.config.base import Checked, Step
from nnunet_spine.synth.ranges import Range, uniform

MOST_LOST = 0.8
"""Largest share of an extent that may be lost: what is left has to be there."""


@dataclass(frozen=True)
class _Narrowing(Step):
    """A step that takes away a share of an extent, named in `LOST`."""

    LOST: ClassVar[str]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._expect(getattr(self, self.LOST).b <= MOST_LOST, self.LOST, f"0 to {MOST_LOST}")


@dataclass(frozen=True)
class DegenerationConfig(_Narrowing):
    """A disc loses height and signal.

    Attributes:
        height_loss: share of the height that is lost.
        signal: signal of the disc relative to its own before.
    """

    LOST: ClassVar = "height_loss"
    SHARES: ClassVar = ("probability", "height_loss")
    POSITIVE: ClassVar = ("signal",)

    probability: float = 0.06
    height_loss: Range = uniform(0, 0.5)
    signal: Range = uniform(0.3, 1)


@dataclass(frozen=True)
class HerniationConfig(Step):
    """A disc bulges, or a part of it sticks out, into the canal.

    Attributes:
        depth_mm: how far it reaches into the canal; at most half of the canal is taken.
        width_mm: craniocaudal width of what sticks out.
        migration_mm: craniocaudal displacement of the tip, at most 3 mm either way.
    """

    POSITIVE: ClassVar = ("width_mm",)
    NOT_NEGATIVE: ClassVar = ("depth_mm",)

    probability: float = 0.05
    depth_mm: Range = uniform(1, 6)
    width_mm: Range = uniform(5, 14)
    migration_mm: Range = uniform(-3, 3)


@dataclass(frozen=True)
class StenosisConfig(_Narrowing):
    """The canal is narrow behind one disc.

    Attributes:
        narrowing: share of the width that is lost.
        length_mm: craniocaudal width of the narrow place.
    """

    LOST: ClassVar = "narrowing"
    SHARES: ClassVar = ("probability", "narrowing")
    POSITIVE: ClassVar = ("length_mm",)

    probability: float = 0.03
    narrowing: Range = uniform(0.1, 0.6)
    length_mm: Range = uniform(8, 25)


@dataclass(frozen=True)
class FractureConfig(_Narrowing):
    """Compression of a vertebral body.

    Attributes:
        height_loss: largest share of the height that is lost.
        wedge: share of the loss that is spared behind: 0 is an even compression, 1 a wedge with its posterior wall.
        concavity: share of the loss that is spared at both walls; the end plates are concave.
        change: added to the signal of the marrow, as by oedema.
    """

    LOST: ClassVar = "height_loss"
    SHARES: ClassVar = ("probability", "height_loss", "wedge", "concavity")

    probability: float = 0.02
    height_loss: Range = uniform(0.1, 0.5)
    wedge: Range = uniform(0, 1)
    concavity: Range = uniform(0, 0.7)
    change: Range = uniform(-0.3, 0.3)


@dataclass(frozen=True)
class SlipConfig(Step):
    """Spondylolisthesis: all that lies on one side of a disc is displaced across it.

    Attributes:
        slip_mm: displacement, either way.
    """

    probability: float = 0.02
    slip_mm: Range = uniform(-8, 8)


@dataclass(frozen=True)
class SchmorlConfig(Step):
    """A disc sinks into an end plate.

    Attributes:
        depth_mm: how deep.
        width_mm: anteroposterior width of the dent at the end plate.
    """

    POSITIVE: ClassVar = ("width_mm",)
    NOT_NEGATIVE: ClassVar = ("depth_mm",)

    probability: float = 0.03
    depth_mm: Range = uniform(2, 6)
    width_mm: Range = uniform(5, 14)


@dataclass(frozen=True)
class ModicConfig(Step):
    """The marrow beside a disc changes its signal, along one end plate or both.

    Attributes:
        change: added to the signal.
        width_mm: anteroposterior width.
        depth_mm: how far from the end plate it reaches.
        both: share of the lesions on both sides of the disc.
    """

    SHARES: ClassVar = ("probability", "both")
    POSITIVE: ClassVar = ("width_mm", "depth_mm")

    probability: float = 0.04
    change: Range = uniform(-0.4, 0.4)
    width_mm: Range = uniform(10, 35)
    depth_mm: Range = uniform(5, 14)
    both: float = 0.6


@dataclass(frozen=True)
class SusceptibilityConfig(Step):
    """A disturbance of the field in a vertebra: positions along readout are wrong, and signal is lost.

    Attributes:
        distortion_mm: largest displacement; bounded by the radius, so that the image does not fold.
        radius_mm: of the source.
        loss: share of the signal that is lost at the source.
    """

    SHARES: ClassVar = ("probability", "loss")
    POSITIVE: ClassVar = ("radius_mm",)
    NOT_NEGATIVE: ClassVar = ("distortion_mm",)

    probability: float = 0.02
    distortion_mm: Range = uniform(0.5, 3)
    radius_mm: Range = uniform(4, 12)
    loss: Range = uniform(0, 0.7)


@dataclass(frozen=True)
class MetalConfig(SusceptibilityConfig):
    """An implant in a vertebra: the same, with no signal at all at the source."""

    probability: float = 0.01
    distortion_mm: Range = uniform(2, 6)
    radius_mm: Range = uniform(7, 18)
    loss: Range = uniform(0.95, 1)


@dataclass(frozen=True)
class PathologyConfig(Checked):
    """Every kind of lesion; at most one of a kind in a sample."""

    degeneration: DegenerationConfig = field(default_factory=DegenerationConfig)
    herniation: HerniationConfig = field(default_factory=HerniationConfig)
    stenosis: StenosisConfig = field(default_factory=StenosisConfig)
    fracture: FractureConfig = field(default_factory=FractureConfig)
    slip: SlipConfig = field(default_factory=SlipConfig)
    schmorl: SchmorlConfig = field(default_factory=SchmorlConfig)
    modic: ModicConfig = field(default_factory=ModicConfig)
    susceptibility: SusceptibilityConfig = field(default_factory=SusceptibilityConfig)
    metal: MetalConfig = field(default_factory=MetalConfig)
