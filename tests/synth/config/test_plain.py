import math
from dataclasses import replace

import pytest

from nnunet_spine.synth.config import PRESETS, IntensityConfig, SynthConfig, TissuePrior
from nnunet_spine.synth.config.plain import differences, from_dict, to_dict
from nnunet_spine.synth.config.presets import NOTHING
from nnunet_spine.synth.ranges import normal, uniform

FITTED = SynthConfig(
    intensity=IntensityConfig(
        priors={"fitted": 0.5, "uniform": 0.5},
        fitted={"t1": {"vertebra": TissuePrior(normal(0.4, 0.1), uniform(0.02, 0.1))}, "t2": {}},
    )
)


@pytest.mark.parametrize("config", [*PRESETS.values(), NOTHING, FITTED], ids=[*PRESETS, "nothing", "fitted"])
def test_settings_are_the_same_after_the_way_there_and_back(config):
    assert from_dict(to_dict(config)) == config


def test_plain_values_are_mappings_lists_numbers_and_words():
    plain = to_dict(FITTED)
    assert plain["spatial"]["rotation_deg"] == [-15, 15]
    assert plain["spatial"]["node_distance_mm"] == 30
    assert plain["gamma"]["log_gamma"] == {"normal": [0, 0.3]}
    assert plain["intensity"]["fitted"] == {
        "t1": {"vertebra": {"mean": {"normal": [0.4, 0.1]}, "std": [0.02, 0.1]}},
        "t2": {},
    }
    assert to_dict(NOTHING)["intensity"]["level_spread"] == 0


def test_settings_begin_from_the_preset_they_name_and_change_what_they_say():
    assert from_dict({}) == PRESETS["spine"]
    strong = PRESETS["strong"]
    changed = from_dict({"preset": "strong", "spatial": {"scale": 1}, "pathology": {"slip": {"probability": 0.5}}})
    assert changed == replace(
        strong,
        spatial=replace(strong.spatial, scale=uniform(1)),
        pathology=replace(strong.pathology, slip=replace(strong.pathology.slip, probability=0.5)),
    )


def test_a_mapping_of_chosen_names_is_replaced_as_a_whole():
    assert from_dict({"intensity": {"priors": {"t1": 2}}}).intensity.priors == {"t1": 2.0}


RANGE = (
    r"expected a number, \[lower, upper\], \{log_uniform: \[lower, upper\]\} or \{normal: \[mean, deviation\]\}, got "
)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"spatal": {}}, "spatal: unknown, expected preset, regions, .*; did you mean spatial?"),
        ({"spatial": {"rotation": 3}}, "spatial.rotation: unknown, expected probability, .*did you mean rotation_deg?"),
        ({"pathology": {"metal": {"los": 1}}}, "pathology.metal.los: unknown, expected .*; did you mean loss?"),
        ({"intensity": {"priors": {"unifrom": 1}}}, "intensity.priors.unifrom: unknown, .*; did you mean uniform?"),
        (
            {"intensity": {"fitted": {"t1": {"vertebrae": {}}}}},
            "intensity.fitted.t1.vertebrae: unknown, expected unlabelled, .*; did you mean vertebra?",
        ),
        ({1: 2}, "1: unknown, expected preset"),
        ({"preset": "spin"}, "preset: expected one of spine, .*, got 'spin'; did you mean spine?"),
        ({"preset": None}, "preset: expected one of spine, .*, got nothing"),
        ({"spatial": None}, "spatial: expected a mapping of keys to values, got nothing"),
        ({"spatial": [1, 2]}, r"spatial: expected a mapping of keys to values, got \[1, 2\]"),
        ([], r"expected a mapping of keys to values, got \[\]"),
        ("spine", "expected a mapping of keys to values, got 'spine'"),
        ({"spatial": {"scale": "1"}}, f"spatial.scale: {RANGE}'1'"),
        ({"spatial": {"scale": True}}, f"spatial.scale: {RANGE}True"),
        ({"spatial": {"scale": None}}, f"spatial.scale: {RANGE}None"),
        ({"spatial": {"scale": [1, 2, 3]}}, rf"spatial.scale: {RANGE}\[1, 2, 3\]"),
        ({"spatial": {"scale": [2, 1]}}, "spatial.scale: expected lower <= upper, got 2.0 > 1.0"),
        ({"spatial": {"scale": math.nan}}, "spatial.scale: expected finite numbers, got nan"),
        ({"spatial": {"scale": [1, math.inf]}}, "spatial.scale: expected finite numbers, got 1.0 and inf"),
        ({"gamma": {"log_gamma": {"normal": [0, -1]}}}, "gamma.log_gamma: expected a standard deviation >= 0, got -1"),
        ({"gamma": {"log_gamma": {"cauchy": [0, 1]}}}, "gamma.log_gamma: expected a law out of .*, got 'cauchy'"),
        ({"noise": {"rician": "often"}}, "noise.rician: expected a finite number, got 'often'"),
        ({"noise": {"rician": True}}, "noise.rician: expected a finite number, got True"),
        ({"noise": {"rician": None}}, "noise.rician: expected a finite number, got nothing"),
        ({"noise": {"rician": math.nan}}, "noise.rician: expected a finite number, got nan"),
        ({"bias": {"node_distance_mm": math.inf}}, "bias.node_distance_mm: expected a finite number, got inf"),
        ({"bias": {"node_distance_mm": [1, 2]}}, r"bias.node_distance_mm: expected a finite number, got \[1, 2\]"),
        ({"regions": {"guide": 3}}, "regions.guide: expected a word, got 3"),
        ({"regions": {"guide": "image"}}, "regions.guide: expected one of clusters, shapes, flat, got image"),
        ({"noise": {"rician": 7}}, "noise.rician: expected 0 to 1, got 7"),
        ({"spatial": {"scale": 0}}, "spatial.scale: expected more than 0, got 0"),
        (
            {"regions": {"structure": [1, 2.5]}},
            r"regions.structure: expected whole numbers, in a uniform law, got \[1, 2.5\]",
        ),
        ({"pathology": {"metal": {"loss": [0.5, 2]}}}, r"pathology.metal.loss: expected 0 to 1, got \[0.5, 2\]"),
        ({"intensity": {"priors": {"t1": 0}}}, "intensity.priors: expected weights from 0, one of them above 0"),
        ({"intensity": {"priors": {"fitted": 1}}}, "intensity.fitted: expected a file of `nnunet-spine priors`"),
        (
            {"intensity": {"fitted": {"t1": {"disc": {"mean": 1}}}}},
            "intensity.fitted.t1.disc.std: expected a value, it is missing",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(mapping, message):
    with pytest.raises(ValueError, match=f"^mine.yaml: {message}"):
        from_dict(mapping, source="mine.yaml")


def test_differences_name_what_changed_from_what_to_what():
    old, new = to_dict(PRESETS["spine"]), to_dict(FITTED)
    assert differences(old, old) == []
    assert differences(old, new) == [
        "intensity.priors.uniform: 1 -> 0.5",
        "intensity.priors.fitted: nothing -> 0.5",
        "intensity.fitted.t1: nothing -> {'vertebra': {'mean': {'normal': [0.4, 0.1]}, 'std': [0.02, 0.1]}}",
        "intensity.fitted.t2: nothing -> {}",
    ]
