"""Data from outside by names, sizes and times of its files: what is in large ones is not read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def digest_of_files(folder: Path, files: Iterable[Path]) -> str:
    """A digest of files, the same wherever the folder lies, if they are in it.

    Times are of whole seconds, which archives and copies with their times keep.

    Raises:
        OSError: if a file is not there.
    """
    return digest_of(sorted(_entry(folder, file) for file in files))


def digest_of_content(file: Path) -> str:
    """A digest of a small file's content."""
    return _short(file.read_bytes())


def digest_of(value: Any) -> str:
    """A digest of plain values."""
    return _short(json.dumps(value, sort_keys=True).encode("utf-8"))


def _entry(folder: Path, file: Path) -> tuple[str, int, int]:
    """Name, bytes, and second of the last change."""
    status = file.stat()
    name = file.relative_to(folder) if file.is_relative_to(folder) else file
    return name.as_posix(), status.st_size, int(status.st_mtime)


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
