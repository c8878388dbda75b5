"""What acquisition does to the image, one file a theme."""

from nnunet_spine.synth.artefacts.chemical_shift import (
    ChemicalShiftParams,
    apply_chemical_shift,
    sample_chemical_shift,
)
from nnunet_spine.synth.artefacts.coils import (
    BiasParams,
    CoilParams,
    apply_bias,
    apply_coil,
    sample_bias,
    sample_coil,
)
from nnunet_spine.synth.artefacts.flow import (
    FlowVoidParams,
    PulsationParams,
    apply_flow_void,
    apply_pulsation,
    sample_flow_void,
    sample_pulsation,
)
from nnunet_spine.synth.artefacts.kspace import (
    GibbsParams,
    MotionParams,
    SpikeParams,
    apply_gibbs,
    apply_motion,
    apply_spikes,
    sample_gibbs,
    sample_motion,
    sample_spikes,
)
from nnunet_spine.synth.artefacts.noise import NoiseParams, apply_noise, sample_noise
from nnunet_spine.synth.artefacts.wrap import WrapParams, apply_wrap, sample_wrap

__all__ = [
    "BiasParams",
    "ChemicalShiftParams",
    "CoilParams",
    "FlowVoidParams",
    "GibbsParams",
    "MotionParams",
    "NoiseParams",
    "PulsationParams",
    "SpikeParams",
    "WrapParams",
    "apply_bias",
    "apply_chemical_shift",
    "apply_coil",
    "apply_flow_void",
    "apply_gibbs",
    "apply_motion",
    "apply_noise",
    "apply_pulsation",
    "apply_spikes",
    "apply_wrap",
    "sample_bias",
    "sample_chemical_shift",
    "sample_coil",
    "sample_flow_void",
    "sample_gibbs",
    "sample_motion",
    "sample_noise",
    "sample_pulsation",
    "sample_spikes",
    "sample_wrap",
]
