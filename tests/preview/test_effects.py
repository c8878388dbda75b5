"""Every step of the recipe is shown, alone, where it happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from nnunet_spine.dataset_conversion.labelled import LabelledVolume
from nnunet_spine.preview.effects import Effect, effects_of
from nnunet_spine.preview.rows import contrast_row, effect_row
from nnunet_spine.preview.slices import Synthesiser, choose_slice
from nnunet_spine.synth import PRESETS, SynthConfig
from nnunet_spine.synth.config.base import Step
from nnunet_spine.synth.config.presets import NOTHING
from nnunet_spine.synth.ranges import uniform

from .conftest import TISSUES

SPINE = PRESETS["spine"]
EFFECTS = {effect.title: effect for effect in effects_of(SPINE)}


def steps(settings: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Step]]:
    """Every step with a switch, wherever it lies in the settings."""
    for item in fields(settings):
        value = getattr(settings, item.name)
        if isinstance(value, Step):
            yield (*path, item.name), value
        elif is_dataclass(value):
            yield from steps(value, (*path, item.name))


@pytest.fixture
def make(volume: LabelledVolume) -> Synthesiser:
    return Synthesiser(choose_slice(volume), TISSUES)


def test_no_step_is_left_out():
    shown = {effect.path: effect for effect in EFFECTS.values() if effect.is_step}
    assert shown.keys() == dict(steps(SPINE)).keys()
    assert EFFECTS.keys() >= {f"parts: {name}" for name in ("cortex", "posterior", "nucleus", "nerves")}
    others = {effect.title for effect in EFFECTS.values() if not effect.is_step}
    assert others >= {"regions: background", "intensity: std", "normalise: log scale", "normalise: shift"}
    assert {effect.theme for effect in EFFECTS.values()} == {"anatomy", "contrast", "artefacts", "pathology"}


def test_steps_that_never_happen_are_not_shown(make: Synthesiser):
    assert not any(effect_row(effect, make, 0) for effect in effects_of(NOTHING))
    only = replace(
        NOTHING,
        noise=SPINE.noise,
        parts=replace(SPINE.parts, probability=0.5, cortex=0.4, posterior=0, nucleus=0, nerves=0),
    )
    assert [(effect.title, effect.share) for effect in effects_of(only) if effect.path != ("regions",)] == [
        ("parts: cortex", 0.2),
        ("noise", SPINE.noise.probability),
    ]


@pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS.keys())
def test_a_step_is_alone_and_always_happens(effect: Effect):
    assert not any(step.probability for _, step in steps(effect.base))
    config = effect.config(effect.settings)
    happening = {path: step.probability for path, step in steps(config) if step.probability}
    assert happening == ({effect.path: 1.0} if effect.is_step else {})
    for item in fields(SynthConfig):
        if item.name != effect.path[0]:
            assert getattr(config, item.name) == getattr(effect.base, item.name)


def test_shares_are_shown_one_by_one():
    parts = EFFECTS["parts: nucleus"].settings
    assert (parts.nucleus, parts.cortex, parts.posterior, parts.nerves) == (1, 0, 0, 0)


@pytest.mark.parametrize("title", ["noise", "bias", "spatial", "pathology: herniation", "parts: nucleus", "gibbs"])
def test_a_row_shows_more_and_more_of_a_step(title: str, make: Synthesiser):
    row = effect_row(EFFECTS[title], make, seed=0)
    changes = [float(np.square(panel.image - row.panels[0].image).mean()) for panel in row.panels]
    assert changes[0] == 0 <= changes[1] < changes[3]
    assert [panel.title.split("\n")[0] for panel in row.panels] == ["without", "low", "middle", "high"]


def test_rows_say_what_is_moved_and_how_often(make: Synthesiser):
    noise, moved = (effect_row(EFFECTS[title], make, 0) for title in ("noise", "spatial"))
    assert (noise.outlines, moved.outlines) == (False, True)
    probability = SPINE.pathology.slip.probability
    assert effect_row(EFFECTS["pathology: slip"], make, 0).note == f"in {probability:.0%} of the images"


def test_a_detail_is_shown_where_a_lesion_is(volume: LabelledVolume):
    chosen = choose_slice(volume)
    large = replace(chosen, **{key: getattr(chosen, key).repeat(4, 0).repeat(4, 1) for key in ("image", "labels")})
    make = Synthesiser(replace(large, spacing_mm=(0.375, 0.375)), TISSUES)
    row = effect_row(EFFECTS["pathology: herniation"], make, seed=0)
    change = np.square(row.panels[-1].image - row.panels[0].image)
    assert row.window is not None
    assert change[row.window].sum() > 0.5 * change.sum()
    assert change[row.window].size < 0.2 * change.size
    assert effect_row(EFFECTS["coil"], make, seed=0).window is None


def test_a_step_that_finds_nothing_has_no_row(volume: LabelledVolume):
    labels = np.where(volume.labels == 4, volume.labels, 0)
    make = Synthesiser(choose_slice(replace(volume, labels=labels)), TISSUES)
    assert effect_row(EFFECTS["pathology: herniation"], make, 0) is None
    assert effect_row(EFFECTS["parts: cortex"], make, 0) is None
    assert effect_row(EFFECTS["regions: shape mm"], make, 0) is None  # the regions follow the image


def test_priors_are_shown_by_name_and_weight(make: Synthesiser):
    priors = {"t1": 3.0, "t2": 1.0, "mixed": 0.0}
    intensity = replace(SPINE.intensity, priors=priors, region_spread=uniform(0), alike={})
    row = contrast_row(replace(SPINE, intensity=intensity), make, 0)
    assert [panel.title for panel in row.panels] == ["t1\n75%", "t1\n75%", "t2\n25%", "t2\n25%"]
    means = [[panel.image[panel.labels == label].mean() for label in (1, 4)] for panel in row.panels]
    assert all(bone > canal for bone, canal in means[:2])
    assert all(bone < canal for bone, canal in means[2:])
