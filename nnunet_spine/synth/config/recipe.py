"""The settings of the whole recipe."""

from __future__ import annotations

from dataclasses import dataclass, field

from nnunet_spine.synth.config.anatomy import PartsConfig, RegionConfig, SpatialConfig
from nnunet_spine.synth.config.artefacts import (
    BiasConfig,
    ChemicalShiftConfig,
    CoilConfig,
    FlowVoidConfig,
    GibbsConfig,
    MotionConfig,
    NoiseConfig,
    NormaliseConfig,
    PulsationConfig,
    ResolutionConfig,
    SpikeConfig,
    WrapConfig,
)
from nnunet_spine.synth.config.contrast import (
    ContrastConfig,
    GammaConfig,
    IntensityConfig,
    PartialVolumeConfig,
    TextureConfig,
    TrabecularConfig,
)
from nnunet_spine.synth.config.pathology import PathologyConfig


@dataclass(frozen=True)
class SynthConfig:
    """Settings of the whole recipe, in the order of its steps."""

    regions: RegionConfig = field(default_factory=RegionConfig)
    parts: PartsConfig = field(default_factory=PartsConfig)
    spatial: SpatialConfig = field(default_factory=SpatialConfig)
    pathology: PathologyConfig = field(default_factory=PathologyConfig)
    intensity: IntensityConfig = field(default_factory=IntensityConfig)
    contrast: ContrastConfig = field(default_factory=ContrastConfig)
    texture: TextureConfig = field(default_factory=TextureConfig)
    trabecular: TrabecularConfig = field(default_factory=TrabecularConfig)
    partial_volume: PartialVolumeConfig = field(default_factory=PartialVolumeConfig)
    chemical_shift: ChemicalShiftConfig = field(default_factory=ChemicalShiftConfig)
    flow_void: FlowVoidConfig = field(default_factory=FlowVoidConfig)
    coil: CoilConfig = field(default_factory=CoilConfig)
    bias: BiasConfig = field(default_factory=BiasConfig)
    gamma: GammaConfig = field(default_factory=GammaConfig)
    resolution: ResolutionConfig = field(default_factory=ResolutionConfig)
    motion: MotionConfig = field(default_factory=MotionConfig)
    pulsation: PulsationConfig = field(default_factory=PulsationConfig)
    gibbs: GibbsConfig = field(default_factory=GibbsConfig)
    wrap: WrapConfig = field(default_factory=WrapConfig)
    spikes: SpikeConfig = field(default_factory=SpikeConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    normalise: NormaliseConfig = field(default_factory=NormaliseConfig)

    @property
    def needs_image(self) -> bool:
        """Whether the real image is needed, and not the label map alone."""
        return self.regions.follow_image or self.intensity.source == "image"
