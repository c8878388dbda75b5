"""The rows of the figures of effects: images, what they are, and where to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import center_of_mass, gaussian_filter, uniform_filter

from nnunet_spine.preview.effects import Effect, base_of
from nnunet_spine.preview.slices import Synthesiser
from nnunet_spine.preview.strength import measure_courses, settings_by_strength
from nnunet_spine.synth import SynthConfig

_SEEDS = 3
"""Seeds that are tried for a place where a step shows well."""

_DETAILS, _MOST, _FAINT = (0.18, 0.25, 0.4), 0.6, 0.1
"""Heights and widths of details relative to those of the slice, the share of the change that one has to hold, and the
part of the largest change that does not count."""

_SMALLEST_DETAIL_VOX = 40

_EYE_VOX = 3
"""Finer differences than this are hardly seen, where there are coarser ones."""

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
    # What is only compared may be coarse.
    coarse = Synthesiser(make.slice.coarser(), make.tissues)
    seed = max(range(seed, seed + _SEEDS), key=lambda one: _change(coarse, effect, one)(effect.settings))
    courses = measure_courses(effect.settings, effect.ranges, _change(coarse, effect, seed))
    if effect.ranges and not courses:
        return None
    panels = [Panel("without", *make(effect.base, seed))]
    for name, values, settings in settings_by_strength(effect.settings, effect.ranges, courses):
        panels.append(Panel(f"{name}\n{_listed(values)}", *make(effect.config(settings), seed)))
    if np.abs(panels[-1].image - panels[0].image).max() < _VISIBLE:
        return None
    moved = any((panel.labels != panels[0].labels).any() for panel in panels)
    note = f"in {effect.share:.0%} of the images" if effect.is_step else ""
    window = _window(panels, make.slice.spacing_mm, effect.is_local)
    return Row(effect.title, note, tuple(panels), window, moved, effect.same_grey)


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
    """How much the image with given settings of the step differs to the eye from the one without it."""
    without, _ = make(effect.base, seed)

    def change(settings: Any) -> float:
        difference = make(effect.config(settings), seed)[0] - without
        return float(np.square(uniform_filter(difference, _EYE_VOX)).mean())

    return change


def _window(panels: Sequence[Panel], spacing_mm: tuple[float, float], is_local: bool) -> Window | None:
    """The smallest detail with most of the change; None where large blobs change all over the slice.

    A change that is neither in one place nor in blobs is seen anywhere, so a detail near the structures is chosen, and
    so it is for what belongs to a place but moves all around it.
    """
    difference = panels[-1].image - panels[0].image
    # What changes here shifts the Z-score everywhere, a little.
    difference[np.abs(difference) < _FAINT * np.abs(difference).max()] = 0
    energy = np.square(difference)
    for share in _DETAILS:
        window = _fullest(energy, share)
        if energy[window].sum() >= _MOST * energy.sum():
            return window
    near = difference * _nearness(panels[0].labels, spacing_mm)
    blobs = uniform_filter(near, [max(1, round(_BLOB_MM / mm)) for mm in spacing_mm])
    if not is_local and np.square(blobs).sum() > _WIDE * np.square(near).sum():
        return None
    return _fullest(np.square(near), _DETAILS[-1])


def _fullest(energy: np.ndarray, share: float) -> Window:
    """The window of a share of height and width with most of the energy, which lies around its middle."""
    size = [min(n, max(_SMALLEST_DETAIL_VOX, round(n * share))) for n in energy.shape]
    centre = np.unravel_index(uniform_filter(energy, size, mode="constant").argmax(), energy.shape)
    window = _around(centre, size, energy.shape)
    inside = np.zeros_like(energy)
    inside[window] = energy[window]
    return _around(center_of_mass(inside), size, energy.shape) if inside.any() else window


def _around(centre: Sequence[float], size: Sequence[int], shape: Sequence[int]) -> Window:
    firsts = [min(max(0, round(c) - n // 2), whole - n) for c, n, whole in zip(centre, size, shape, strict=True)]
    return tuple(slice(first, first + n) for first, n in zip(firsts, size, strict=True))


def _nearness(labels: np.ndarray, spacing_mm: tuple[float, float]) -> np.ndarray:
    """1 within structures and close to them, falling off: what changes in the air around a patient matters less."""
    near = gaussian_filter((labels > 0).astype(np.float32), [_NEAR_MM / mm for mm in spacing_mm])
    return (near / max(near.max(), 1e-6)).clip(_LEAST, _ENOUGH)


def _listed(values: Mapping[str, float]) -> str:
    return "\n".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in values.items())
