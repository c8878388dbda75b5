import pytest

from nnunet_spine.synth.config import (
    BiasConfig,
    GammaConfig,
    IntensityConfig,
    NoiseConfig,
    RegionConfig,
    ResolutionConfig,
    SpatialConfig,
    SpikeConfig,
)
from nnunet_spine.synth.config.contrast import TissuePrior
from nnunet_spine.synth.config.pathology import HerniationConfig
from nnunet_spine.synth.ranges import normal, uniform

PRIOR = TissuePrior(uniform(0, 1), uniform(0.1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NoiseConfig(rician=7), "NoiseConfig.rician: expected 0 to 1, got 7"),
        (lambda: NoiseConfig(probability=-0.1), "NoiseConfig.probability: expected 0 to 1"),
        (lambda: SpatialConfig(scale=uniform(0)), "SpatialConfig.scale: expected more than 0"),
        (lambda: SpatialConfig(scale=normal(1, 0.1)), "SpatialConfig.scale: expected a law with ends"),
        (lambda: BiasConfig(node_distance_mm=0), "BiasConfig.node_distance_mm: expected more than 0"),
        (lambda: RegionConfig(shape_mm=uniform(0, 2)), r"RegionConfig.shape_mm: expected more than 0, got \[0, 2\]"),
        (lambda: RegionConfig(structure=uniform(1, 2.5)), "RegionConfig.structure: expected whole numbers"),
        (lambda: RegionConfig(guide="image"), "RegionConfig.guide: expected one of clusters, shapes, flat, got image"),
        (lambda: ResolutionConfig(slice_mm=uniform(-1, 2)), "ResolutionConfig.slice_mm: expected more than 0"),
        (lambda: NoiseConfig(sigma=uniform(-0.1, 0.1)), r"NoiseConfig.sigma: expected 0 or more, got \[-0.1, 0.1\]"),
        (lambda: HerniationConfig(depth_mm=uniform(-1)), "HerniationConfig.depth_mm: expected 0 or more, got -1"),
        (lambda: SpikeConfig(count=uniform(1, 1e6)), "SpikeConfig.count: expected -1000 to 1000"),
        (lambda: SpatialConfig(node_distance_mm=1e30), "SpatialConfig.node_distance_mm: expected -1000 to 1000"),
        (lambda: GammaConfig(log_gamma=normal(0, 6)), "GammaConfig.log_gamma: expected -5 to 5"),
        (lambda: IntensityConfig(priors={}), "IntensityConfig.priors: expected weights of uniform, t1, t2"),
        (lambda: IntensityConfig(priors={"t3": 1.0}), "IntensityConfig.priors: expected weights of uniform, t1, t2"),
        (lambda: IntensityConfig(priors={"t1": 0.0}), "IntensityConfig.priors: expected weights from 0, one of them"),
        (lambda: IntensityConfig(priors={"t1": 2.0, "t2": -1.0}), "IntensityConfig.priors: expected weights from 0"),
        (
            lambda: IntensityConfig(priors={"fitted": 1.0}),
            "IntensityConfig.fitted: expected a file of `nnunet-spine pri",
        ),
        (lambda: IntensityConfig(fitted={"t1": {"bone": PRIOR}}), "IntensityConfig.fitted: expected tissues out of"),
    ],
)
def test_impossible_settings_are_refused_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
