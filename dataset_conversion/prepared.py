"""The record of prepared inputs: which input was made of which files, and whether it still is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nnunet_spine.dataset_conversion.inputs import Source
from nnunet_spine.dataset_conversion.intensity import Intensities
from nnunet_spine.dataset_conversion.provenance import FORMAT, fingerprint, is_unchanged
from nnunet_spine.dataset_conversion.volume import Grid

RECORD = "prepared.json"

Record = dict[str, Any]


def fingerprints_of(source: Source) -> Record:
    """Fingerprints of the files of a source by their names."""
    return {path.name: fingerprint(path) for path in source.files}


def record_of(source: Source, fingerprints: Record, grid: Grid, intensities: Intensities, size: int) -> Record:
    """What there is to know of an input.

    Args:
        source: what it was made of.
        fingerprints: of its files, from before they were read.
        grid: its grid, which is the source's.
        intensities: its intensities.
        size: bytes of the input file.
    """
    return {
        "format": FORMAT,
        "case": source.case,
        "folder": str(source.files[0].resolve().parent),
        "sources": fingerprints,
        "orientation": grid.orientation,
        "shape": list(grid.shape),
        "spacing_mm": [round(size, 6) for size in grid.spacing_mm],
        **intensities.record(),
        "written": {source.file_name: size},
    }


def read_records(folder: Path) -> dict[str, Record]:
    """The records of a folder of inputs by their cases.

    Raises:
        ValueError: if they cannot be read.
    """
    path = folder / RECORD
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise ValueError(f"{path}: not a record of prepared inputs; remove it together with its inputs") from error


def read_record(path: Path) -> Record | None:
    """The record of a single case; None where there is none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def is_made(source: Source, folder: Path, record: Record | None) -> bool:
    """Whether a folder holds the whole input of a source, made as it would be made now."""
    path = folder / source.file_name
    if record is None or record.get("format") != FORMAT or not path.is_file():
        return False
    if path.stat().st_size != record["written"].get(source.file_name):
        return False
    return is_of(source, record)


def is_of(source: Source, record: Record) -> bool:
    """Whether a record tells of the files of a source as they are now, wherever; not where one cannot be read."""
    current, recorded = {path.name: path for path in source.files}, record["sources"]
    try:
        return current.keys() == recorded.keys() and all(is_unchanged(recorded[n], current[n]) for n in current)
    except OSError:
        return False


def is_from(source: Source, record: Record) -> bool:
    """Whether a record tells of files where those of a source lie, by their names, whatever they hold now."""
    here = str(source.files[0].resolve().parent) == record.get("folder")
    return here and {path.name for path in source.files} == record["sources"].keys()
