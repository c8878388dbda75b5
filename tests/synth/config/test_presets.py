from collections.abc import Iterator
from dataclasses import fields

import pytest

from nnunet_spine.synth.config import PRESETS, SynthConfig
from nnunet_spine.synth.config.base import Checked, Step
from nnunet_spine.synth.config.plain import to_dict
from nnunet_spine.synth.config.presets import NOTHING
from nnunet_spine.synth.ranges import Range, uniform


def steps(settings: Checked | SynthConfig, name: str = "") -> Iterator[tuple[str, Step]]:
    """Every step that has a probability, by its dotted name."""
    for item in fields(settings):
        value = getattr(settings, item.name)
        if isinstance(value, Step):
            yield name + item.name, value
        elif isinstance(value, Checked):
            yield from steps(value, f"{name}{item.name}.")


def on(settings: SynthConfig) -> set[str]:
    return {name for name, step in steps(settings) if step.probability > 0}


def ranges(plain: dict, name: str = "") -> Iterator[tuple[str, Range]]:
    """Every number and range of plain settings, by its dotted name."""
    for key, value in plain.items():
        if isinstance(value, dict) and "normal" not in value:
            yield from ranges(value, f"{name}{key}.")
        elif not isinstance(value, str):
            yield name + key, Range.parse(value)


def width(law: Range) -> float:
    return law.b if law.law == "normal" else law.b - law.a


def test_spine_is_what_settings_are_without_a_word():
    assert PRESETS["spine"] == SynthConfig()
    assert len(on(PRESETS["spine"])) == len(list(steps(PRESETS["spine"]))) > 20


def test_no_two_presets_are_the_same():
    assert len({str(to_dict(config)) for config in (*PRESETS.values(), NOTHING)}) == len(PRESETS) + 1


def test_nothing_happens_in_nothing():
    assert on(NOTHING) == set()
    assert NOTHING.regions.guide == "flat"
    for section, names in (
        (NOTHING.intensity, ("std", "level_spread", "region_spread")),
        (NOTHING.normalise, ("log_scale", "shift")),
    ):
        assert all(getattr(section, name) == uniform(0) for name in names)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report", {"spatial", "bias", "gamma", "resolution", "noise"}),
        ("synthseg", {"spatial", "bias", "gamma", "resolution"}),
    ],
)
def test_peers_do_only_what_they_did(name, expected):
    config = PRESETS[name]
    assert on(config) == expected
    assert config.regions.guide == "flat"
    assert config.parts == NOTHING.parts
    assert config.intensity.region_spread == config.intensity.level_spread == uniform(0)


def test_augmentation_does_all_that_synthesis_does_but_for_what_images_are_made_of():
    of_the_mixture = {"parts", "texture", "trabecular", "partial_volume"}
    spine, augment = (dict(steps(PRESETS[name])) for name in ("spine", "augment"))
    assert {name for name in spine if spine[name] != augment[name]} == of_the_mixture
    assert on(PRESETS["augment"]) == spine.keys() - of_the_mixture
    assert PRESETS["augment"].intensity.source == "image"
    assert all(config.intensity.source == "mixture" for name, config in PRESETS.items() if name != "augment")


def test_report_has_a_background_that_is_nearly_black():
    assert PRESETS["report"].intensity.priors == {"mixed": 1.0}
    assert PRESETS["report"].intensity.unlabelled == "prior"
    assert PRESETS["report"].resolution.inplane_mm == uniform(1, 4)
    assert PRESETS["report"].noise.rician == 0


def test_strong_is_more_often_and_at_least_as_wide_as_spine():
    spine, strong = (dict(ranges(to_dict(PRESETS[name]))) for name in ("spine", "strong"))
    assert spine.keys() == strong.keys()
    for name, law in spine.items():
        if name.endswith("node_distance_mm"):
            assert strong[name].b <= law.a
        elif name.endswith("probability"):
            assert strong[name].a > law.a or strong[name].a == 1
        else:
            assert width(strong[name]) >= width(law), name
    for name, step in steps(PRESETS["strong"]):
        section = dict(steps(PRESETS["spine"]))[name]
        assert step != section, name
