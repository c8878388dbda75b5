"""Data from outside by names, sizes and times of its files: what is in them is not read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

Entry = tuple[str, int, int]
"""Name, bytes, and time of the last change in ns."""


def digest_of_files(folder: Path, names: Iterable[str]) -> str:
    """A digest of files, the same wherever the folder lies.

    Args:
        folder: that they are in.
        names: of files and folders in it; folders with all files directly in them, what is not there left out.

    Raises:
        OSError: if a folder cannot be read.
    """
    entries = sorted(entry for name in names for entry in _entries(folder, name))
    return hashlib.sha256(json.dumps(entries).encode("utf-8")).hexdigest()[:16]


def digest_of_content(file: Path) -> str:
    """A digest of a small file's content."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _entries(folder: Path, name: str) -> Iterator[Entry]:
    path = folder / name
    if path.is_dir():
        with os.scandir(path) as found:
            yield from (
                _entry(f"{name}/{one.name}", one.stat())
                for one in found
                if not one.name.startswith(".") and one.is_file()
            )
    elif path.is_file():
        yield _entry(name, path.stat())


def _entry(name: str, status: os.stat_result) -> Entry:
    return name, status.st_size, status.st_mtime_ns
