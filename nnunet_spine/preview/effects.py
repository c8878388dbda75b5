"""Every step of the synthesis alone: which settings show it, on what image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from nnunet_spine.preview.strength import ranges_of
from nnunet_spine.synth import SynthConfig
from nnunet_spine.synth.config import PartsConfig, RegionConfig, TissuePrior
from nnunet_spine.synth.config.base import Checked, Step
from nnunet_spine.synth.config.presets import NOTHING
from nnunet_spine.synth.ranges import Range, uniform

_T2_LIKE = {
    "vertebra": 0.35,
    "cortex": 0.08,
    "posterior": 0.45,
    "canal": 0.9,
    "nerves": 0.5,
    "disc": 0.55,
    "nucleus": 0.8,
    "other": 0.6,
}
"""Intensities of the image that steps are shown on."""

_UNLABELLED, _BACKGROUND, _GUIDE_MM = uniform(0.05, 0.75), 6, 3.0
"""Intensities and number of the regions of its unlabelled tissue, and the resolution that keeps noise out of them."""

_DARK = 0.15
"""Intensity of unlabelled tissue that has no regions, darker than any structure."""

_STD = 0.08
"""Deviation of the voxels where a step needs some."""

_SHOWN_ELSEWHERE = {("intensity", "mean"), ("intensity", "t2_share"), ("intensity", "cortex")}
"""What tells tissues apart is shown prior by prior, and cortex as a part."""


@dataclass(frozen=True)
class Effect:
    """One step alone.

    Attributes:
        path: names that lead to the step's settings within `SynthConfig`.
        title: what it is called in the figure.
        share: of the samples that it happens to.
        base: the recipe without it.
        settings: of the step, happening always.
        ranges: those that are varied.
    """

    path: tuple[str, ...]
    title: str
    share: float
    base: SynthConfig
    settings: Any
    ranges: dict[str, Range]

    @property
    def is_step(self) -> bool:
        """Whether it is a step with a switch, instead of a single range of settings without one."""
        return isinstance(self.settings, Step)

    @property
    def is_local(self) -> bool:
        """Whether it happens within structures and close to them, as lesions do."""
        return self.path[0] in ("parts", "pathology")

    @property
    def theme(self) -> str:
        """What the step is about: the module of its settings."""
        return type(self.settings).__module__.rpartition(".")[2]

    @property
    def same_grey(self) -> bool:
        """Whether brightness can be compared with the base's: not if all intensities are others."""
        return self.path[0] not in ("regions", "intensity", "contrast")

    def config(self, settings: Any) -> SynthConfig:
        """The recipe with the step at these settings."""
        return _put(self.base, self.path, settings)


def effects_of(config: SynthConfig) -> Iterator[Effect]:
    """Every step that some settings take, in their order, with their ranges."""
    for item in fields(config):
        yield from _effects(getattr(config, item.name), (item.name,), config)


def base_of(config: SynthConfig) -> SynthConfig:
    """The recipe of the image that steps are shown on: intensities as in T2, and nothing else.

    Regions of unlabelled tissue follow what they follow in `config`.
    """
    constant = {name: TissuePrior(uniform(mean), uniform(0)) for name, mean in _T2_LIKE.items()}
    regions = replace(
        config.regions, guide_resolution_mm=uniform(_GUIDE_MM), background=uniform(_BACKGROUND), structure=uniform(1)
    )
    unlabelled = uniform(_DARK) if config.regions.guide == "flat" else _UNLABELLED
    intensity = replace(
        NOTHING.intensity, priors={"fitted": 1.0}, fitted={"figure": constant}, mean=unlabelled, unlabelled="uniform"
    )
    return replace(NOTHING, regions=regions, intensity=intensity)


def _effects(settings: Any, path: tuple[str, ...], config: SynthConfig) -> Iterator[Effect]:
    """A step, or its parts; or the steps within settings, or else their single ranges."""
    if isinstance(settings, Step):
        for name, share, always in _always(settings):
            yield Effect(path, _title(*path, *name), share, _stage(path, config), always, ranges_of(always))
        return
    for item in fields(settings):
        value, place = getattr(settings, item.name), (*path, item.name)
        if isinstance(value, Checked):
            yield from _effects(value, place, config)
        elif item.name in ranges_of(settings) and place not in _SHOWN_ELSEWHERE and _happens(settings, item.name):
            stage = _stage(path, config)
            alone = replace(_get(stage, path), **{item.name: value})
            without = _put(stage, path, _neutral(_get(stage, path), item.name))
            yield Effect(path, _title(*place), 1.0, without, alone, {item.name: value})


def _always(settings: Step) -> Iterator[tuple[tuple[str, ...], float, Step]]:
    """A step as it always happens, with the share of the samples that it happens to; each part of structures alone."""
    if not isinstance(settings, PartsConfig):
        if settings.probability:
            yield (), settings.probability, replace(settings, probability=1.0)
        return
    parts = [
        name for name in settings.SHARES if name != "probability" and not isinstance(getattr(settings, name), Range)
    ]
    for name in parts:
        if share := settings.probability * getattr(settings, name):
            alone = {other: float(other == name) for other in parts}
            yield (name,), share, replace(settings, probability=1.0, **alone)


def _happens(settings: Any, name: str) -> bool:
    """Whether a range means anything beside the other settings."""
    return not name.startswith("curve_") or settings.curve > 0


def _title(*names: str) -> str:
    return ": ".join(names).replace("_", " ")


def _stage(path: tuple[str, ...], config: SynthConfig) -> SynthConfig:
    """The base, with what a step acts on."""
    base = base_of(config)
    if path == ("regions",):
        return replace(base, intensity=replace(base.intensity, region_spread=config.intensity.region_spread))
    if path == ("intensity",):
        curve = float(config.intensity.curve > 0)
        return replace(base, intensity=replace(base.intensity, priors={"uniform": 1.0}, mean=_UNLABELLED, curve=curve))
    if path == ("contrast",):
        return replace(base, intensity=replace(NOTHING.intensity, source="image"))
    if path == ("texture",):
        noisy = {name: replace(prior, std=uniform(_STD)) for name, prior in base.intensity.fitted["figure"].items()}
        return replace(base, intensity=replace(base.intensity, std=uniform(_STD), fitted={"figure": noisy}))
    return base


def _neutral(settings: Any, name: str) -> Any:
    """The base's settings without what one of their ranges is about."""
    if isinstance(settings, RegionConfig):
        return replace(settings, **({name: uniform(1)} if name in settings.WHOLE else {"guide": "flat"}))
    return replace(settings, curve=0.0) if name.startswith("curve_") else settings


def _get(config: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        config = getattr(config, name)
    return config


def _put(config: Any, path: tuple[str, ...], settings: Any) -> Any:
    if not path:
        return settings
    return replace(config, **{path[0]: _put(getattr(config, path[0]), path[1:], settings)})
