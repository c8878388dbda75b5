"""What was done to the test images: what `nnunet-spine degrade` wrote beside them, or what the user says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.evaluation.records import AS_ACQUIRED
from nnunet_spine.plumbing.files import read_json

RECORD = "degradation.json"
"""File of a folder of degraded images."""


@dataclass(frozen=True)
class Condition:
    """A test condition.

    Attributes:
        name: such as `resolution`.
        level: how much of it, such as 2.0; None where that says nothing.
    """

    name: str = AS_ACQUIRED
    level: float | None = None

    def __post_init__(self) -> None:
        """Refuse what names nothing.

        Raises:
            ValueError: for an empty name, or a level that is no number.
        """
        if not self.name or (self.level is not None and not math.isfinite(self.level)):
            raise ValueError(f"condition: expected a name, and a number as its level, got {self.name!r} {self.level}")

    def __str__(self) -> str:
        return self.name if self.level is None else f"{self.name} {self.level:g}"


def condition_of(images: Path | None, given: Condition | None) -> Condition:
    """The condition of a folder of images.

    Raises:
        ValueError: if the record in the folder cannot be read, or says something else than the user.
    """
    recorded = _recorded(images) if images is not None else None
    if recorded and given and recorded != given:
        raise ValueError(f"--condition: {given} asked for, {recorded} in {images / RECORD}")
    return given or recorded or Condition()


def _recorded(images: Path) -> Condition | None:
    file = images / RECORD
    if not file.is_file():
        return None
    content = read_json(file)
    name, level = (content.get("condition"), content.get("level")) if isinstance(content, dict) else (None, None)
    if not (isinstance(name, str) and isinstance(level, int | float | None)):
        raise ValueError(f"{file}: expected the record of nnunet-spine degrade, with condition and level")
    return Condition(name, None if level is None else float(level))
