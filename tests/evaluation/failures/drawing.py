"""A spine of blocks, by which failures can be drawn and counted by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnunet_spine.evaluation.case import score_case
from nnunet_spine.evaluation.failures import FailureOptions, find_failures
from nnunet_spine.evaluation.records import FailureRecord
from nnunet_spine.evaluation.structures import Labels, Structure, structures_of
from nnunet_spine.labels import CANAL, DISC, VERTEBRA, scheme_of

LEVELS = (1, 2, 3, 4)
SHAPE = (5, 80, 110)
SPACING_MM = (1.0, 1.0, 1.0)
BODY_ML, DISC_ML, POSTERIOR_ML = 5 * 24 * 16 / 1000, 5 * 18 * 6 / 1000, 5 * 8 * 8 / 1000

_BACK, _CANAL, _FRONT = slice(22, 30), slice(32, 40), slice(42, 66)


def failures_of(
    reference: np.ndarray,
    prediction: np.ndarray,
    spacing_mm: tuple[float, ...],
    labels: Labels,
    options: FailureOptions = FailureOptions(),  # noqa: B008
) -> tuple[FailureRecord, ...]:
    """With the scores that they need."""
    scores = score_case(reference, prediction, spacing_mm, labels).structures
    return find_failures(reference, prediction, spacing_mm, structures_of(labels), scores, options)


@dataclass(frozen=True)
class Drawing:
    """Four vertebrae with discs below them, in front of a canal; 1 mm voxels, and nothing below a height of 10 mm."""

    scheme: str

    @property
    def class_labels(self) -> Labels:
        return scheme_of(self.scheme).dataset_labels()

    @property
    def structures(self) -> tuple[Structure, ...]:
        return structures_of(self.class_labels)

    @property
    def numbered(self) -> bool:
        return scheme_of(self.scheme).numbered

    def value(self, group: str, level: int = 1) -> int:
        values = [label.value for label in scheme_of(self.scheme).labels if label.group == group]
        return values[level - 1] if len(values) > 1 else values[0]

    def name(self, group: str, level: int = 1) -> str:
        return next(s.name for s in self.structures if s.values == (self.value(group, level),))

    @staticmethod
    def body(level: int) -> tuple[slice, ...]:
        return slice(None), _FRONT, slice(22 * level, 22 * level + 16)

    @staticmethod
    def posterior(level: int) -> tuple[slice, ...]:
        return slice(None), _BACK, slice(22 * level + 4, 22 * level + 12)

    @staticmethod
    def disc(level: int) -> tuple[slice, ...]:
        """It is 6 mm narrower than bodies: in front of it they see each other."""
        return slice(None), slice(42, 60), slice(22 * level - 6, 22 * level)

    @staticmethod
    def canal() -> tuple[slice, ...]:
        return slice(None), _CANAL, slice(12, 108)

    def labels(self) -> np.ndarray:
        labels = np.zeros(SHAPE, np.uint8)
        labels[self.canal()] = self.value(CANAL)
        for level in LEVELS:
            labels[self.body(level)] = labels[self.posterior(level)] = self.value(VERTEBRA, level)
            labels[self.disc(level)] = self.value(DISC, level)
        return labels

    def failures(
        self,
        prediction: np.ndarray,
        reference: np.ndarray | None = None,
        spacing_mm: tuple[float, ...] = SPACING_MM,
        options: FailureOptions = FailureOptions(),  # noqa: B008
    ) -> tuple[FailureRecord, ...]:
        reference = self.labels() if reference is None else reference
        return failures_of(reference, prediction, spacing_mm, self.class_labels, options)

    def modes(self, prediction: np.ndarray, reference: np.ndarray | None = None, **settings) -> list[str]:
        return [failure.mode for failure in self.failures(prediction, reference, **settings)]
