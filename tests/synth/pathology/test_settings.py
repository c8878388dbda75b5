"""Settings of lesions that cannot be."""

import pytest

from nnunet_spine.synth.config.pathology import (
    DegenerationConfig,
    FractureConfig,
    HerniationConfig,
    ModicConfig,
    StenosisConfig,
)
from nnunet_spine.synth.ranges import normal, uniform


@pytest.mark.parametrize(
    ("settings", "key", "value"),
    [
        (DegenerationConfig, "height_loss", uniform(0, 0.9)),
        (FractureConfig, "height_loss", uniform(0.1, 1)),
        (FractureConfig, "concavity", uniform(0, 1.1)),
        (StenosisConfig, "narrowing", normal(0.3, 0.1)),
        (HerniationConfig, "width_mm", uniform(0, 5)),
        (ModicConfig, "both", 1.2),
    ],
)
def test_impossible_settings_are_named(settings, key, value):
    with pytest.raises(ValueError, match=f"{settings.__name__}.{key}: expected"):
        settings(**{key: value})
