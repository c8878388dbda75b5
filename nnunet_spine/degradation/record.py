"""`degradation.json`: what was done to the images of a folder, and of which images they were made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nnunet_spine import __version__
from nnunet_spine.dataset_conversion.provenance import fingerprint, is_unchanged
from nnunet_spine.plumbing.files import read_json

RECORD = "degradation.json"

FORMAT = 1
"""Grows when the same image would be degraded differently."""

Record = dict[str, Any]


def record_of(settings: Record, source: Path, images: Record) -> Record:
    """What there is to know of a folder.

    Args:
        settings: what was done.
        source: folder of the images.
        images: record of each by the name of its file.
    """
    return {
        "format": FORMAT,
        "nnunet_spine": __version__,
        **settings,
        "source": str(source.resolve()),
        "images": images,
    }


def image_record(source: Path, size: int) -> Record:
    """What there is to know of one image: what it was made of, and the size of its file."""
    return {"source": fingerprint(source), "size": size}


def is_made(path: Path, source: Path, record: Record | None) -> bool:
    """Whether an image is there, whole, and was made of the source as it is now."""
    if record is None or not path.is_file() or path.stat().st_size != record["size"]:
        return False
    return is_unchanged(record["source"], source)


def read_images(folder: Path, settings: Record) -> Record:
    """Records of the images of a folder by the names of their files; none where it is not there or empty.

    Raises:
        ValueError: if the folder holds something else, or images degraded in another way.
    """
    path = folder / RECORD
    if not path.is_file():
        _require_empty(folder)
        return {}
    record = _read(path)
    differing = _differences(record, settings)
    if differing:
        listed = "\n  ".join(differing)
        raise ValueError(
            f"{folder} holds images degraded in another way (there -> asked for):\n  {listed}\n"
            "remove it, or choose another folder; it was left as it is"
        )
    return record["images"]


def read_unfinished(path: Path, settings: Record) -> Record:
    """As `read_images` of a single record that an interrupted run left; none if it was degraded in another way."""
    try:
        record = _read(path)
    except (FileNotFoundError, ValueError):
        return {}
    return {} if _differences(record, settings) else record["images"]


def _require_empty(folder: Path) -> None:
    there = sorted(one.name for one in folder.iterdir() if not one.name.startswith(".")) if folder.is_dir() else []
    if there:
        raise ValueError(f"{folder}: expected degraded images with their {RECORD}, found {there[0]} without one")
    if folder.is_file():
        raise ValueError(f"{folder}: expected a folder to write into, got a file")


def _read(path: Path) -> Record:
    record = read_json(path)
    if not isinstance(record, dict) or not isinstance(record.get("images"), dict):
        raise ValueError(f"{path}: expected a record of degraded images; remove it together with them")
    return record


def _differences(record: Record, settings: Record) -> Sequence[str]:
    wanted = {"format": FORMAT, **settings}
    return [f"{key}: {record.get(key)!r} -> {value!r}" for key, value in wanted.items() if record.get(key) != value]
