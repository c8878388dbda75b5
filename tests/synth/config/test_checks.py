import pytest

from nnunet_spine.synth.config import (
    BiasConfig,
    IntensityConfig,
    NoiseConfig,
    RegionConfig,
    ResolutionConfig,
    SpatialConfig,
)
from nnunet_spine.synth.config.contrast import TissuePrior
from nnunet_spine.synth.ranges import normal, uniform

PRIOR = TissuePrior(uniform(0, 1), uniform(0.1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NoiseConfig(rician=7), "NoiseConfig.rician: expected 0 to 1, got 7"),
        (lambda: NoiseConfig(probability=-0.1), "NoiseConfig.probability: expected 0 to 1"),
        (lambda: SpatialConfig(scale=uniform(0)), "SpatialConfig.scale: expected more than 0"),
        (lambda: SpatialConfig(scale=normal(1, 0.1)), "SpatialConfig.scale: expected a uniform law"),
        (lambda: BiasConfig(node_distance_mm=0), "BiasConfig.node_distance_mm: expected more than 0"),
        (lambda: RegionConfig(shape_mm=uniform(0, 2)), r"RegionConfig.shape_mm: expected more than 0, got \[0, 2\]"),
        (lambda: RegionConfig(structure=uniform(1, 2.5)), "RegionConfig.structure: expected whole numbers"),
        (lambda: RegionConfig(guide="image"), "RegionConfig.guide: expected one of clusters, shapes, flat, got image"),
        (lambda: ResolutionConfig(slice_mm=uniform(-1, 2)), "ResolutionConfig.slice_mm: expected more than 0"),
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
