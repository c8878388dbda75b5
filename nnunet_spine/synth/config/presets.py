"""Recipes by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from nnunet_spine.synth.config.anatomy import PartsConfig, RegionConfig, SpatialConfig
from nnunet_spine.synth.config.artefacts import BiasConfig, NoiseConfig, NormaliseConfig, ResolutionConfig
from nnunet_spine.synth.config.base import Checked, Step
from nnunet_spine.synth.config.contrast import GammaConfig, IntensityConfig
from nnunet_spine.synth.config.pathology import PathologyConfig
from nnunet_spine.synth.config.recipe import SynthConfig
from nnunet_spine.synth.ranges import log_uniform, normal, uniform


def _with_probability(settings: Any, change: Callable[[float], float]) -> Any:
    """The same settings with the probability of every step changed."""
    parts = {item.name: getattr(settings, item.name) for item in fields(settings)}
    changes = {name: _with_probability(part, change) for name, part in parts.items() if isinstance(part, Checked)}
    if isinstance(settings, Step):
        changes["probability"] = change(settings.probability)
    return replace(settings, **changes)


SPINE = SynthConfig()

NOTHING = replace(
    _with_probability(SPINE, lambda probability: 0.0),
    regions=RegionConfig(guide="flat", background=uniform(1), structure=uniform(1)),
    intensity=IntensityConfig(
        mean=uniform(0, 1), std=uniform(0), curve=0.0, alike={}, level_spread=uniform(0), region_spread=uniform(0)
    ),
    normalise=NormaliseConfig(log_scale=uniform(0), shift=uniform(0)),
)
"""Every tissue of one random intensity, and nothing else: what single steps are added to."""

REPORT = replace(
    NOTHING,
    spatial=SpatialConfig(
        probability=1.0,
        rotation_deg=uniform(-10, 10),
        tilt_deg=uniform(-5, 5),
        scale=uniform(0.9, 1.1),
        anisotropy=uniform(1),
        shear=uniform(-0.02, 0.02),
        shift_mm=uniform(-10, 10),
        elastic_mm=uniform(0, 2),
        node_distance_mm=40.0,
    ),
    intensity=replace(NOTHING.intensity, priors={"mixed": 1.0}, unlabelled="prior"),
    bias=BiasConfig(probability=1.0, log_std=uniform(0, 0.3)),
    gamma=GammaConfig(probability=1.0, log_gamma=normal(0, 0.1)),
    resolution=ResolutionConfig(
        probability=1.0, inplane_mm=uniform(1, 4), anisotropy=uniform(1), slice_mm=uniform(1, 4)
    ),
    noise=NoiseConfig(probability=1.0, sigma=uniform(0, 0.05), rician=0.0),
)
"""What the first study did: tissue intensities between T1 and T2, a background that is nearly black, no artefacts."""

SYNTHSEG = replace(
    NOTHING,
    spatial=SpatialConfig(
        probability=1.0,
        rotation_deg=uniform(-15, 15),
        tilt_deg=uniform(-15, 15),
        scale=uniform(1),
        anisotropy=uniform(0.8, 1.2),
        shear=uniform(-0.012, 0.012),
        shift_mm=uniform(0),
        elastic_mm=uniform(0, 4),
        node_distance_mm=25.0,
    ),
    intensity=replace(NOTHING.intensity, mean=uniform(25 / 255, 225 / 255), std=uniform(5 / 255, 25 / 255)),
    bias=BiasConfig(probability=1.0, log_std=uniform(0, 0.7), node_distance_mm=40.0),
    gamma=GammaConfig(probability=1.0, log_gamma=normal(0, 0.5)),
    resolution=ResolutionConfig(
        probability=1.0, inplane_mm=uniform(1, 4), anisotropy=uniform(1), slice_mm=uniform(1, 8)
    ),
)
"""Steps and ranges of SynthSeg (Billot et al., 2023), as far as they mean the same here.

SynthSeg's training maps have labels of all tissues; here the unlabelled rest is one region. It makes one axis coarser
or all alike; here slices have a thickness, and what lies in them a resolution. Flips and crops are nnU-Net's, and
images are brought to a Z-score instead of 0 to 1.
"""

_OFTEN = _with_probability(SPINE, lambda probability: min(1.0, 2 * probability))
_LESIONS = _OFTEN.pathology

STRONG = replace(
    _OFTEN,
    regions=RegionConfig(
        background=uniform(16, 32),
        structure=uniform(4, 20),
        equalised=uniform(0, 1),
        guide_resolution_mm=uniform(1, 2.8),
        shape_mm=uniform(5, 50),
    ),
    parts=PartsConfig(
        probability=1.0,
        cortex_mm=uniform(1, 3.2),
        cortex_inside=uniform(0, 0.6),
        cortex_covers_mm=uniform(0, 1.6),
        posterior=0.6,
        nucleus=0.6,
        annulus_mm=uniform(0.8, 7),
        csf_mm=uniform(1, 11),
    ),
    spatial=replace(
        _OFTEN.spatial,
        rotation_deg=uniform(-30, 30),
        tilt_deg=uniform(-15, 15),
        scale=uniform(0.65, 1.4),
        anisotropy=uniform(0.85, 1.15),
        shear=uniform(-0.1, 0.1),
        shift_mm=uniform(-20, 20),
        elastic_mm=uniform(0, 6),
    ),
    pathology=PathologyConfig(
        degeneration=replace(_LESIONS.degeneration, height_loss=uniform(0, 0.7), signal=uniform(0.2, 1.2)),
        herniation=replace(_LESIONS.herniation, depth_mm=uniform(1, 9)),
        stenosis=replace(_LESIONS.stenosis, narrowing=uniform(0.1, 0.75)),
        fracture=replace(_LESIONS.fracture, height_loss=uniform(0.1, 0.65)),
        slip=replace(_LESIONS.slip, slip_mm=uniform(-12, 12)),
        schmorl=replace(_LESIONS.schmorl, depth_mm=uniform(2, 9)),
        modic=replace(_LESIONS.modic, change=uniform(-0.6, 0.6)),
        susceptibility=replace(_LESIONS.susceptibility, distortion_mm=uniform(0.5, 5), loss=uniform(0, 0.95)),
        metal=replace(_LESIONS.metal, distortion_mm=uniform(2, 10), radius_mm=uniform(5, 20)),
    ),
    intensity=IntensityConfig(
        mean=log_uniform(0.02, 1),
        std=uniform(0, 0.1),
        cortex=uniform(0, 0.1),
        curve=0.9,
        curve_points=uniform(3, 10),
        curve_begin=uniform(0, 0.3),
        level_spread=uniform(-0.4, 0.4),
        region_spread=uniform(-0.8, 0.8),
    ),
    contrast=replace(_OFTEN.contrast, points=uniform(2, 8), network=0.5),
    texture=replace(_OFTEN.texture, grain_mm=uniform(1, 5), octaves=uniform(1, 4)),
    trabecular=replace(_OFTEN.trabecular, strength=uniform(0.02, 0.2)),
    partial_volume=replace(_OFTEN.partial_volume, width_voxels=uniform(0.5, 1.9)),
    chemical_shift=replace(_OFTEN.chemical_shift, shift_px=uniform(0.5, 5)),
    flow_void=replace(_OFTEN.flow_void, strength=uniform(0.2, 1)),
    coil=replace(_OFTEN.coil, falloff_mm=uniform(40, 250)),
    bias=replace(_OFTEN.bias, log_std=uniform(0, 0.8), node_distance_mm=60.0),
    gamma=replace(_OFTEN.gamma, log_gamma=normal(0, 0.6)),
    resolution=replace(
        _OFTEN.resolution, inplane_mm=uniform(0.5, 4.5), anisotropy=uniform(0.65, 1.5), slice_mm=uniform(1, 9)
    ),
    motion=replace(_OFTEN.motion, drift_mm=uniform(0, 4), amplitude_mm=uniform(0.1, 2)),
    pulsation=replace(_OFTEN.pulsation, strength=uniform(0.05, 0.6)),
    gibbs=replace(_OFTEN.gibbs, cutoff=uniform(0.25, 0.9)),
    wrap=replace(_OFTEN.wrap, fold_mm=uniform(5, 70)),
    spikes=replace(_OFTEN.spikes, count=uniform(1, 5), amplitude=uniform(0.02, 0.2)),
    noise=replace(_OFTEN.noise, sigma=uniform(0, 0.12)),
    normalise=NormaliseConfig(log_scale=normal(0, 0.2), shift=normal(0, 0.4)),
)
"""Everything of `spine` more often and stronger, for data that are far from those of the training."""

AUGMENT = replace(
    SPINE,
    intensity=replace(SPINE.intensity, source="image"),
    **{name: getattr(NOTHING, name) for name in ("parts", "texture", "trabecular", "partial_volume")},
)
"""No synthesis but augmentation: the real image in another contrast, deformation, lesions and artefacts of `spine`.

Besides the contrast three things differ from synthesis: parts, texture, trabeculae and partial volume are the image's
own; its own noise and artefacts lie below those that are added; and it was interpolated once more, by the deformation.
"""

PRESETS: dict[str, SynthConfig] = {
    "spine": SPINE,
    "report": REPORT,
    "synthseg": SYNTHSEG,
    "strong": STRONG,
    "augment": AUGMENT,
}
