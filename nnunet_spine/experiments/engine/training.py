"""How far a training is, from nnU-Net's log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_RECENT = 10


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Attributes:
        epochs: that are finished.
        dice: pseudo Dice of the last one, mean over classes; NaN where no class has one.
        pace_s: seconds of an epoch, median of the last ones.
    """

    epochs: int
    dice: float
    pace_s: float


class TrainingLogs:
    """Reads logs again only when they have grown."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[list[tuple[str, int]], Progress | None]] = {}

    def progress(self, folder: Path) -> Progress | None:
        """Of the training in a fold's folder; None before its first epoch is finished."""
        from nnunet_spine.comparison.reading.curves import LOGS

        seen = sorted((path.name, path.stat().st_size) for path in folder.glob(LOGS))
        if folder not in self._read or self._read[folder][0] != seen:
            self._read[folder] = (seen, _progress(folder))
        return self._read[folder][1]


def _progress(folder: Path) -> Progress | None:
    from nnunet_spine.comparison.reading.curves import read_curve

    curve = read_curve(folder)
    if curve.empty:
        return None
    last = curve.iloc[-1]
    return Progress(
        int(last["epoch"]) + 1, float(last["pseudo_dice"]), float(curve["epoch_time_s"][-_RECENT:].median())
    )
