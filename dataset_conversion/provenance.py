"""Which file something was made of, and whether a file is still that one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FORMAT = 2
"""Grows when the same input would be converted differently or told of differently."""

_BLOCK = 1 << 20


def fingerprint(path: Path) -> dict[str, Any]:
    """Size, time of change and SHA-256 of a file."""
    stat = path.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256_of([path])}


def sha256_of(paths: Sequence[Path]) -> str:
    """SHA-256 of the contents of files, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def is_unchanged(recorded: dict[str, Any], path: Path) -> bool:
    """Whether a file is the one of the fingerprint.

    Its content is read only where its time of change is another one.
    """
    stat = path.stat()
    if stat.st_size != recorded["size"]:
        return False
    return stat.st_mtime_ns == recorded["mtime_ns"] or fingerprint(path)["sha256"] == recorded["sha256"]
