"""Reading files with errors that name them, and writing so that nothing half-written looks whole: beside, renamed."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Of the file system; only what is written fails so."""

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
        OSError: if it cannot be written, by the name of the target; nothing is left behind then.
    """
    # No image ending, so that nnU-Net takes a file left by a killed process for nothing.
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with errors_in([beside], path):
            with beside.open("wb") as file:
                write(file)
            put_in_place(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def put_in_place(whole: Path, target: Path) -> None:
    """Give a file its name, on the same file system; one that is there is replaced.

    It is on the disk before it gets its name, which would outlive a power cut otherwise, with nothing in it.
    """
    with whole.open("r+b") as file:
        os.fsync(file.fileno())
    whole.replace(target)


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8, its line ends as they are."""
    write_beside(path, lambda file: file.write(text.encode("utf-8")))


def make_writable(folder: Path) -> None:
    """Make a folder where there is none, and find out whether files can be written into it.

    Raises:
        OSError: if not, by the name of the folder.
    """
    with errors_in([folder], folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_TRIED))
            file.flush()
            # Some file systems give out space no sooner.
            os.fsync(file.fileno())


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[None]:
    """A folder that can be written into, for the duration of the block; if it was made and stays empty, it goes again.

    Raises:
        OSError: if it cannot be written into, by its name.
    """
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        make_writable(folder)
        yield
    finally:
        for one in made:
            with contextlib.suppress(OSError):
                one.rmdir()


@contextlib.contextmanager
def errors_in(places: Sequence[Path], name: Path) -> Iterator[None]:
    """Let the system's errors name what the user knows, not what is written beside it until it is whole.

    Args:
        places: files and folders; errors that name others, such as an input that is gone, stay as they are, and so do
            those that name none, unless no more can be written.
        name: what they name instead of these, and of all in them.

    Raises:
        OSError: of the same kind.
    """
    try:
        yield
    except OSError as error:
        if not (error.errno in _FULL if error.filename is None else _lies_in(Path(str(error.filename)), places)):
            raise
        raise OSError(error.errno, error.strerror or str(error), str(name)) from error


def _lies_in(path: Path, places: Sequence[Path]) -> bool:
    return any(path.resolve().is_relative_to(place.resolve()) for place in places)
