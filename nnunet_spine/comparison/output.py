"""The folder of a report: built beside and renamed, and never put over something else."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

PAGE = "index.html"
FOLDERS = ("figures", "tables")
MARK = '<meta name="generator" content="nnunet-spine'
"""Stands in the head of every page, and tells an earlier report from a folder of something else."""

_HEAD = 2000


def require_free(folder: Path, overwrite: bool) -> None:
    """Refuse a folder that a report must not take the place of.

    Raises:
        ValueError: if something else is there, or an earlier report that may not be overwritten.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not _is_report(folder):
        raise ValueError(f"{folder}: expected no folder, an empty one or an earlier report, found something else")
    if not overwrite:
        raise ValueError(f"{folder}: there is a report already; say --overwrite to replace it")


@contextlib.contextmanager
def built_beside(folder: Path) -> Iterator[Path]:
    """A folder to write into, which takes the name of the target when the block is over.

    Raises:
        OSError: if it cannot be written; what was there before is still there then.
    """
    folder = folder.absolute()
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside.mkdir()
    try:
        for name in FOLDERS:
            (beside / name).mkdir()
        yield beside
        if folder.exists():
            folder.rename(old)
        beside.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _is_report(folder: Path) -> bool:
    """Whether there is nothing in a folder but a report."""
    if not folder.is_dir() or {one.name for one in folder.iterdir()} - {PAGE, *FOLDERS}:
        return False
    page = folder / PAGE
    if not page.is_file():
        return False
    with page.open(encoding="utf-8", errors="replace") as file:
        return MARK in file.read(_HEAD)
