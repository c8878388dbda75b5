"""The rows of the figures of effects: images, what they are, and where to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, uniform_filter

from nnunet_spine.preview.effects import Effect, base_of
from nnunet_spine.preview.slices import Synthesiser
from nnunet_spine.preview.strength import measure_courses, settings_by_strength
from nnunet_spine.synth import SynthConfig

_SEEDS = 3
"""Seeds that are tried for a place where a step shows well."""

_DETAILS, _MOST = (0.25, 0.4), 0.6
"""Heights and widths of details relative to those of the slice, and the share of the change that one has to hold."""

_BLOB_MM, _WIDE = 8.0, 0.25
"""What is larger than the first is seen without a detail, and the share of the change in it that decides."""

_NEAR_MM, _LEAST, _ENOUGH = 12.0, 0.1, 0.5
"""What is near a structure, and the weights of what is far from all and of what is near."""

_FEWEST_CONTRASTS = 4

_VISIBLE = 0.02
"""Smallest change that is worth a row; images have a deviation of 1."""

Window = tuple[slice, slice]


@dataclass(frozen=True)
class Panel:
    """One image with its labels, (H, W) each, and what it is."""

    title: str
    image: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Row:
    """One row of a figure.

    Attributes:
        title: of the step.
        note: how often it happens.
        panels: the images, the one without the step first.
        window: the detail that is shown; None for the whole slice.
        outlines: whether the step moves labels, so that they are worth drawing.
        same_grey: whether all panels share the range of the first, so that brightness can be compared.
    """

    title: str
    note: str
    panels: tuple[Panel, ...]
    window: Window | None
    outlines: bool
    same_grey: bool = True


def effect_row(effect: Effect, make: Synthesiser, seed: int) -> Row | None:
    """The step at every strength; None for what changes nothing, as an end plate of a slice without one."""
    seed = max(range(seed, seed + _SEEDS), key=lambda s: _change(make, effect, s)(effect.settings))
    courses = measure_courses(effect.settings, effect.ranges, _change(make, effect, seed))
    if effect.ranges and not courses:
        return None
    panels = [Panel("without", *make.remembered(effect.base, seed))]
    for name, values, settings in settings_by_strength(effect.settings, effect.ranges, courses):
        panels.append(Panel(f"{name}\n{_listed(values)}", *make(effect.config(settings), seed)))
    if np.abs(panels[-1].image - panels[0].image).max() < _VISIBLE:
        return None
    moved = any((panel.labels != panels[0].labels).any() for panel in panels)
    note = f"in {effect.share:.0%} of the images" if effect.is_step or effect.share < 1 else ""
    return Row(effect.title, note, tuple(panels), _window(panels, make.slice.spacing_mm), moved, effect.same_grey)


def contrast_row(config: SynthConfig, make: Synthesiser, seed: int) -> Row:
    """Images of every prior of the intensities that some settings use, several of each where there are few."""
    weights = {name: weight for name, weight in config.intensity.priors.items() if weight}
    base = base_of(config)
    panels = []
    for name, weight in weights.items():
        intensity = replace(config.intensity, priors={name: 1.0}, std=base.intensity.std)
        for one in range(seed, seed + -(-_FEWEST_CONTRASTS // len(weights))):
            title = f"{name}\n{weight / sum(weights.values()):.0%}"
            panels.append(Panel(title, *make(replace(base, intensity=intensity), one)))
    return Row("intensity: priors", "", tuple(panels), None, outlines=False, same_grey=False)


def _change(make: Synthesiser, effect: Effect, seed: int) -> Callable[[Any], float]:
    """How much the image with given settings of the step differs from the one without it."""
    without, _ = make.remembered(effect.base, seed)
    return lambda settings: float(np.square(make(effect.config(settings), seed)[0] - without).mean())


def _window(panels: Sequence[Panel], spacing_mm: tuple[float, float]) -> Window | None:
    """The smallest detail with most of the change; None where large blobs change all over the slice.

    A change that is neither local nor in blobs is seen anywhere, so a detail near the structures is chosen.
    """
    difference = panels[-1].image - panels[0].image
    nearness = _nearness(panels[0].labels, spacing_mm)
    for share in _DETAILS:
        size = [max(1, round(n * share)) for n in difference.shape]
        within = uniform_filter(np.square(difference), size, mode="constant") * size[0] * size[1]
        if within.max() >= _MOST * np.square(difference).sum():
            return _around(within, size)
    blobs = uniform_filter(difference * nearness, [max(1, round(_BLOB_MM / mm)) for mm in spacing_mm])
    if np.square(blobs).sum() > _WIDE * np.square(difference * nearness).sum():
        return None
    return _around(uniform_filter(np.square(difference * nearness), size, mode="constant"), size)


def _around(within: np.ndarray, size: Sequence[int]) -> Window:
    """The window of a size around the largest value, moved to lie within the slice."""
    centre = np.unravel_index(within.argmax(), within.shape)
    firsts = [min(max(0, c - n // 2), whole - n) for c, n, whole in zip(centre, size, within.shape, strict=True)]
    return tuple(slice(first, first + n) for first, n in zip(firsts, size, strict=True))


def _nearness(labels: np.ndarray, spacing_mm: tuple[float, float]) -> np.ndarray:
    """1 within structures and close to them, falling off: what changes in the air around a patient matters less."""
    near = gaussian_filter((labels > 0).astype(np.float32), [_NEAR_MM / mm for mm in spacing_mm])
    return (near / max(near.max(), 1e-6)).clip(_LEAST, _ENOUGH)


def _listed(values: Mapping[str, float]) -> str:
    return "\n".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in values.items())
