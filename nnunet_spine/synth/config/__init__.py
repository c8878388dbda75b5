"""What the generator may do: one frozen dataclass a step, in the order of the recipe.

Lengths are in millimetres, angles in degrees, intensities relative to a range of 0 to 1 for the noise-free image. Every
step happens in a share of the samples, its `probability`.
"""

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
    TissuePrior,
    TrabecularConfig,
)
from nnunet_spine.synth.config.pathology import PathologyConfig
from nnunet_spine.synth.config.presets import PRESETS
from nnunet_spine.synth.config.recipe import SynthConfig

__all__ = [
    "PRESETS",
    "BiasConfig",
    "ChemicalShiftConfig",
    "CoilConfig",
    "ContrastConfig",
    "FlowVoidConfig",
    "GammaConfig",
    "GibbsConfig",
    "IntensityConfig",
    "MotionConfig",
    "NoiseConfig",
    "NormaliseConfig",
    "PartialVolumeConfig",
    "PartsConfig",
    "PathologyConfig",
    "PulsationConfig",
    "RegionConfig",
    "ResolutionConfig",
    "SpatialConfig",
    "SpikeConfig",
    "SynthConfig",
    "TextureConfig",
    "TissuePrior",
    "TrabecularConfig",
    "WrapConfig",
]
