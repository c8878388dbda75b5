"""What predict knows of the answers that it has written: of which image each is, by which model, and which files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnunet_spine.dataset_conversion.inputs import Source
from nnunet_spine.dataset_conversion.prepared import is_of
from nnunet_spine.dataset_conversion.provenance import FORMAT
from nnunet_spine.plumbing.files import read_json

Record = dict[str, Any]

_NEEDED = {
    "format": int,
    "sources": dict,
    "model_sha256": str,
    "mirroring": bool,
    "mirroring_axes": list,
    "labels": dict,
    "volumes_ml": dict,
    "written": dict,
}
_FINGERPRINT = {"size", "mtime_ns", "sha256"}


def read_records(path: Path) -> dict[str, Record]:
    """The records of a target by their cases; none where there is no such file.

    Raises:
        ValueError: if they cannot be understood; without them nobody knows whose the answers are.
    """
    if not path.is_file():
        return {}
    try:
        records = read_json(path)
    except ValueError as error:
        raise _damaged(path, str(error).removeprefix(f"{path}: ")) from error
    if not isinstance(records, dict):
        raise _damaged(path, f"expected a record of each case, got {type(records).__name__}")
    for case, record in records.items():
        if not _is_record(record):
            raise _damaged(path, f"{case}: expected {', '.join(_NEEDED)}, each of its kind")
    return records


def is_made(source: Source, record: Record | None, model_sha256: str, mirroring: bool) -> bool:
    """Whether a record tells of an answer for an image as it is, by this model with this setting.

    Args:
        source: the image.
        record: that of its case.
        model_sha256: of the model.
        mirroring: whether images may be mirrored; the same either way for a model that was trained without.
    """
    if record is None or record["format"] != FORMAT or record["model_sha256"] != model_sha256:
        return False
    return record["mirroring"] == (mirroring and bool(record["mirroring_axes"])) and is_of(source, record)


def _is_record(record: Any) -> bool:
    if not isinstance(record, dict) or not all(isinstance(record.get(key), kind) for key, kind in _NEEDED.items()):
        return False
    marks = [*record["sources"].values(), *record["written"].values()]
    return all(isinstance(mark, dict) and mark.keys() >= _FINGERPRINT for mark in marks)


def _damaged(path: Path, what: str) -> ValueError:
    return ValueError(f"{path}: no record of nnunet-spine predict, or damaged: {what}; move it away with its answers")
