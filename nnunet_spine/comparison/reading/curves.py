"""Training curves, read from the logs that nnU-Net writes into the folder of a fold (nnU-Net 2.8)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from nnunet_spine.comparison.reading.collect import Collection

LOGS = "training_log_*.txt"
COLUMNS = ["epoch", "learning_rate", "train_loss", "val_loss", "pseudo_dice", "epoch_time_s"]

_NUMBER = r"([-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf))"
_TIME = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: "
_EPOCH = re.compile(_TIME + r"Epoch (\d+)\s*$")
_VALUES = {
    "learning_rate": re.compile(_TIME + rf"Current learning rate: {_NUMBER}\s*$"),
    "train_loss": re.compile(_TIME + rf"train_loss {_NUMBER}\s*$"),
    "val_loss": re.compile(_TIME + rf"val_loss {_NUMBER}\s*$"),
    "epoch_time_s": re.compile(_TIME + rf"Epoch time: {_NUMBER} s\s*$"),
}
_DICE = re.compile(_TIME + r"Pseudo dice \[(.*)\]\s*$")
# `np.float32(0.7464)` with NumPy 2, `0.7464` before.
_DICE_VALUE = re.compile(rf"(?:^|[\s(,]){_NUMBER}(?=[\s),]|$)")


def training_curves(collection: Collection) -> pd.DataFrame:
    """The curves of all models that the runs name and whose logs are there.

    Returns:
        arm, model, fold, and what `read_curve` gives; one row an epoch. A model that several runs were made with is
        there once for every arm.
    """
    found = []
    for arm, model, folds in _models(collection):
        for fold in folds:
            curve = read_curve(Path(model) / f"fold_{fold}")
            found.append(curve.assign(arm=arm, model=model, fold=fold))
    if not found:
        return pd.DataFrame(columns=["arm", "model", "fold", *COLUMNS])
    frame = pd.concat(found, ignore_index=True)
    return frame[["arm", "model", "fold", *(name for name in frame if name not in ("arm", "model", "fold"))]]


def _models(collection: Collection) -> Iterator[tuple[str, str, list[str]]]:
    """Arm, folder of the model and its folds, each once."""
    runs = collection.runs.dropna(subset=["model", "fold"])
    for (arm, model), some in runs.groupby(["arm", "model"], sort=False):
        yield arm, model, list(dict.fromkeys(fold.strip() for folds in some["fold"] for fold in str(folds).split(",")))


def read_curve(folder: Path) -> pd.DataFrame:
    """The curve of a fold.

    Several logs are those of a training that was continued: an epoch that was begun again, and all that followed it
    before, counts as in the later log. An epoch that was not finished is left out.

    Args:
        folder: of the fold.

    Returns:
        epoch, learning_rate, train_loss, val_loss, pseudo_dice (mean over classes that have one), epoch_time_s, and
        pseudo_dice_1, pseudo_dice_2, ... of every class, in nnU-Net's order; empty where there are no logs.
    """
    epochs: dict[int, dict[str, float]] = {}
    for path in sorted(folder.glob(LOGS), key=_moment):
        begun = _read_log(path)
        if begun:
            first = next(iter(begun))
            epochs = {epoch: values for epoch, values in epochs.items() if epoch < first} | begun
    rows = [{"epoch": epoch} | values for epoch, values in epochs.items() if "train_loss" in values]
    frame = pd.DataFrame(rows)
    return frame.reindex(columns=[*COLUMNS, *(name for name in frame if name not in COLUMNS)])


def _moment(path: Path) -> list[int]:
    """When a log was begun, by its name: year, month, day, hour, minute, second."""
    return [int(part) for part in re.findall(r"\d+", path.stem)]


def _read_log(path: Path) -> dict[int, dict[str, float]]:
    """Epoch -> what the log says of it, in the order of the log."""
    epochs: dict[int, dict[str, float]] = {}
    current: dict[str, float] = {}
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if found := _EPOCH.match(line):
                current = epochs.setdefault(int(found[1]), {})
            current |= _values(line)
    return epochs


def _values(line: str) -> dict[str, float]:
    for name, pattern in _VALUES.items():
        if found := pattern.match(line):
            return {name: float(found[1])}
    found = _DICE.match(line)
    return _dice([float(value) for value in _DICE_VALUE.findall(found[1])]) if found else {}


def _dice(classes: Sequence[float]) -> dict[str, float]:
    defined = [value for value in classes if not math.isnan(value)]
    mean = sum(defined) / len(defined) if defined else math.nan
    return {"pseudo_dice": mean} | {f"pseudo_dice_{k}": value for k, value in enumerate(classes, start=1)}
