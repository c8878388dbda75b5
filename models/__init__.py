"""Trained models that are installed with the package: a zip file each, and beside it a card of the same name."""

from __future__ import annotations

from pathlib import Path

DEFAULT = "lumbar4"
"""Name of the model that predicts where none is asked for."""

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The models that there are."""
    return sorted(path.stem for path in FOLDER.glob("*.zip"))


def path_of(name: str) -> Path:
    """The zip file of a model.

    Raises:
        ValueError: if there is none of this name.
    """
    if name not in names():
        there = f"there are {', '.join(names())}" if names() else "this installation has none; give your own by --model"
        raise ValueError(f"{name}: no such model; {there}")
    return FOLDER / f"{name}.zip"
