import pytest

from nnunet_spine.synth.config import (
    BiasConfig,
    NoiseConfig,
    RegionConfig,
    ResolutionConfig,
    SpatialConfig,
    SynthConfig,
)
from nnunet_spine.synth.ranges import uniform


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NoiseConfig(rician=7), "NoiseConfig.rician: expected 0 to 1"),
        (lambda: NoiseConfig(probability=-0.1), "NoiseConfig.probability: expected 0 to 1"),
        (lambda: SpatialConfig(scale=uniform(0)), "SpatialConfig.scale: expected more than 0"),
        (lambda: BiasConfig(node_distance_mm=0), "BiasConfig.node_distance_mm: expected more than 0"),
        (lambda: RegionConfig(noise_scale_mm=uniform(0, 2)), "RegionConfig.noise_scale_mm: expected more than 0"),
        (lambda: ResolutionConfig(slice_mm=uniform(-1, 2)), "ResolutionConfig.slice_mm: expected more than 0"),
    ],
)
def test_impossible_settings_are_refused_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_log_names_every_step():
    lines = SynthConfig().describe()
    assert len(lines) == 9
    assert any("rotation_deg" in line for line in lines)
