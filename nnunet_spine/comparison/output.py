"""The folder of a report: built beside and renamed, and never put over something else."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nnunet_spine.plumbing.lock import exclusive

PAGE = "index.html"
FOLDERS = ("figures", "tables")
LISTING = "files.txt"
"""Names every file of a report, one a line: all that may be deleted with it."""

MARK = '<meta name="generator" content="nnunet-spine'
"""Stands in the head of every page, and tells an earlier report from a folder of something else."""

_HEAD = 2000


def require_free(folder: Path, overwrite: bool) -> None:
    """Refuse a folder that a report cannot or must not take the place of.

    Raises:
        ValueError: if something else is there, or an earlier report that may not be overwritten, or if nothing can be
            written there.
    """
    target = folder.resolve()
    if target == Path.cwd() or target in Path.cwd().parents or target.is_mount():
        raise ValueError(f"--output: {folder} is replaced as a whole: name a folder in it, such as {folder / 'report'}")
    _require_writable(folder)
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not _is_report(target):
        raise ValueError(
            f"--output: {folder}: expected no folder, an empty one or an earlier report alone, found something else"
        )
    if not overwrite:
        raise ValueError(f"--output: {folder}: there is a report already; say --overwrite to replace it")


@contextlib.contextmanager
def built_beside(folder: Path) -> Iterator[Path]:
    """A folder to write into, which takes the name of the target when the block is over.

    What a killed process left beside the target is removed first, or put back if it was the earlier report.

    Raises:
        OSError: if it cannot be written; what was there before is still there then.
        ValueError: if another process is writing the same folder.
    """
    folder = folder.resolve()
    beside, old, lock = (folder.with_name(f".{folder.name}.compare.{end}") for end in ("partial", "old", "lock"))
    with exclusive(lock, str(folder)):
        try:
            _tidy(folder, beside, old)
            for name in FOLDERS:
                (beside / name).mkdir(parents=True)
            yield beside
            (beside / LISTING).write_text("".join(f"{name}\n" for name in sorted(_files(beside))), encoding="utf-8")
            if folder.exists():
                folder.rename(old)
            beside.rename(folder)
        finally:
            _tidy(folder, beside, old)


def _tidy(folder: Path, beside: Path, old: Path) -> None:
    """Leave nothing beside a folder, and the earlier one in its place if no newer one came there."""
    if old.exists() and not folder.exists():
        old.rename(folder)
    shutil.rmtree(beside, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _require_writable(folder: Path) -> None:
    """Find out whether the folder's parent, or what is there of it, can be written into."""
    there = next(parent for parent in folder.resolve().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise ValueError(f"--output: {folder} cannot be written: {there}: {error.strerror or error}") from error


def _is_report(folder: Path) -> bool:
    """Whether there is nothing in a folder but a report."""
    page, listing = folder / PAGE, folder / LISTING
    if not (page.is_file() and listing.is_file()):
        return False
    with page.open(encoding="utf-8", errors="replace") as file:
        if MARK not in file.read(_HEAD):
            return False
    known = listing.read_text(encoding="utf-8", errors="replace").splitlines()
    return _files(folder) <= {LISTING, *known}


def _files(folder: Path) -> set[str]:
    """Whatever is in a folder and in those within, links as links; not the folders."""
    return {
        (Path(place) / name).relative_to(folder).as_posix()
        for place, folders, files in os.walk(folder)
        for name in [*files, *(one for one in folders if (Path(place) / one).is_symlink())]
    }
