"""Which sagittal slices of a volume are scored: all of them, or a slab, as studies on chosen slices have it.

Outside the slab reference and prediction count alike as not there. What is chosen depends on the reference alone, so
that every model is scored on the same slices. A chosen slab is a test condition of its own in results: no number of
it is ever averaged or compared with one of whole volumes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnunet_spine.dataset_conversion.trim import MIN_FOREGROUND
from nnunet_spine.evaluation.records import ALL_SLICES, AS_ACQUIRED, RunRecord
from nnunet_spine.evaluation.structures import FOREGROUND, Structure
from nnunet_spine.labels import CANAL, DISC, VERTEBRA

COMPLETE, CENTRAL = "complete", "central"

RULES: Mapping[str, str] = {
    ALL_SLICES: "every slice",
    COMPLETE: "from the first to the last slice whose reference shows vertebra, canal and disc and is labelled on 1 % "
    "or more of it, the slices that `nnunet-spine convert --trim-slices` keeps; every slice where there is none",
    CENTRAL: "slices whose middle is within MM / 2 of the middle of the image, and at least the nearest to it",
}
"""What is chosen by each rule, in words."""

_ROUNDING = 1e-6


@dataclass(frozen=True)
class Slices:
    """A selection of sagittal slices.

    Attributes:
        rule: one of `RULES`.
        width_mm: of `central`; None for the others.
    """

    rule: str = ALL_SLICES
    width_mm: float | None = None

    def __post_init__(self) -> None:
        """Refuse what selects nothing that is known.

        Raises:
            ValueError: for another rule, or a width that is missing, not wanted or not above 0.
        """
        width_mm = self.width_mm
        if self.rule not in RULES or (width_mm is None) != (self.rule != CENTRAL):
            raise ValueError(f"slices: expected {ALL_SLICES}, {COMPLETE} or {CENTRAL}=MM, got {self}")
        if width_mm is not None and not 0 < width_mm < math.inf:
            raise ValueError(f"slices: expected a width of more than 0 mm, got {width_mm:g}")

    def __str__(self) -> str:
        return self.rule if self.width_mm is None else f"{self.rule}={self.width_mm:g}"

    @classmethod
    def parse(cls, text: str) -> Slices:
        """Reverse of `str`.

        Raises:
            ValueError: if it is no selection.
        """
        rule, separator, width = text.partition("=")
        try:
            return cls(rule, float(width) if separator else None)
        except ValueError:
            raise ValueError(f"slices: expected {ALL_SLICES}, {COMPLETE} or {CENTRAL}=MM, got {text!r}") from None

    def slab(self, reference: np.ndarray, spacing_mm: Sequence[float], structures: Sequence[Structure]) -> slice:
        """The chosen part of the first axis.

        Args:
            reference: label map (I, J, K) with its first axis from left to right.
            spacing_mm: edges of a voxel.
            structures: of the data set.
        """
        if self.rule == COMPLETE:
            return _complete(reference, structures)
        if self.rule == CENTRAL:
            return _central(len(reference), spacing_mm[0], self.width_mm)
        return slice(0, len(reference))


def of_slices(run: RunRecord, slices: Slices) -> RunRecord:
    """The record of a run that scores chosen slices: their condition is another one than that of whole volumes."""
    if slices.rule == ALL_SLICES:
        return run
    name = _name(slices)
    condition = name if run.condition == AS_ACQUIRED else f"{run.condition}, {name}"
    return replace(run, slices=str(slices), condition=condition)


def condition_of_images(run: RunRecord) -> str:
    """The condition of a run before `of_slices`: what was done to its images.

    Raises:
        ValueError: if its slices are no selection.
    """
    slices = Slices.parse(run.slices)
    if slices.rule == ALL_SLICES:
        return run.condition
    return run.condition.removesuffix(_name(slices)).removesuffix(", ") or AS_ACQUIRED


def _name(slices: Slices) -> str:
    """What a slab is called in a condition."""
    return f"{slices.rule} slices" if slices.width_mm is None else f"{slices.rule} {slices.width_mm:g} mm"


def _complete(reference: np.ndarray, structures: Sequence[Structure]) -> slice:
    shown = [np.isin(reference, values).any(axis=(1, 2)) for values in _groups(structures)]
    labelled = np.isin(reference, [value for one in structures for value in one.values]).mean(axis=(1, 2))
    chosen = np.all(shown, axis=0) & (labelled >= MIN_FOREGROUND)
    return _from_first_to_last(chosen) if chosen.any() else slice(0, len(reference))


def _central(count: int, spacing_mm: float, width_mm: float) -> slice:
    from_middle_mm = np.abs(np.arange(count) - (count - 1) / 2) * spacing_mm
    reach_mm = max(width_mm / 2, from_middle_mm.min())
    return _from_first_to_last(from_middle_mm <= reach_mm * (1 + _ROUNDING))


def _groups(structures: Sequence[Structure]) -> list[list[int]]:
    """Values of vertebrae, of the canal, of discs; of each structure alone where none belongs to such a group."""
    groups = [[one for one in structures if one.group == group] for group in (VERTEBRA, CANAL, DISC)]
    there = [some for some in groups if some] or [[one] for one in structures if one.name != FOREGROUND]
    return [[value for one in some for value in one.values] for some in there]


def _from_first_to_last(chosen: np.ndarray) -> slice:
    first, last = np.flatnonzero(chosen)[[0, -1]]
    return slice(int(first), int(last) + 1)
