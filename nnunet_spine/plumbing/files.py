"""Reading files with errors that name them, and writing so that nothing half-written looks whole: beside, renamed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

_TRIED = 16_384
"""Bytes: a full disk may take a name still."""


def read_json(path: Path) -> Any:
    """Content of a JSON file.

    Raises:
        ValueError: if it is not JSON; it names the file.
        OSError: if it cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: expected JSON, got {error}") from error


def write_beside(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Let a function write a file, which gets its name when it is whole.

    Args:
        path: the target; a file that is there is replaced.
        write: called with the open file.

    Raises:
        OSError: if it cannot be written; nothing is left behind then.

    It is on the disk before it gets its name, which would outlive a power cut otherwise, with nothing in it.
    """
    # No image ending, so that nnU-Net takes a file left by a killed process for nothing.
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8, its line ends as they are."""
    write_beside(path, lambda file: file.write(text.encode("utf-8")))


def make_writable(folder: Path) -> None:
    """Make a folder where there is none, and find out whether files can be written into it.

    Raises:
        OSError: if not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(_TRIED))
        file.flush()
        # Some file systems give out space no sooner.
        os.fsync(file.fileno())
