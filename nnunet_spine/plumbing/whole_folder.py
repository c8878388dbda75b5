"""A folder that a command makes as a whole: built beside and renamed, and never put over something else."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.plumbing.lock import exclusive

LISTING = "files.txt"
"""Names every file of such a folder, one a line: all that may be deleted with it."""

_HEAD = 2000


@dataclass(frozen=True)
class WholeFolder:
    """What a command makes, and by what an earlier one is told from a folder of something else.

    Attributes:
        what: it is called in messages, such as `report`.
        page: the file that is always in it.
        mark: stands in the head of that file.
        folders: that are always in it.
    """

    what: str
    page: str
    mark: str
    folders: tuple[str, ...] = ()

    def require_free(self, folder: Path, overwrite: bool) -> None:
        """Refuse a folder that a new one cannot or must not take the place of.

        Raises:
            ValueError: if something else is there, or an earlier one that may not be overwritten, or if nothing can be
                written there.
        """
        target = folder.resolve()
        if target == Path.cwd() or target in Path.cwd().parents or target.is_mount():
            raise ValueError(
                f"--output: {folder} is replaced as a whole: name a folder in it, such as {folder / self.what}"
            )
        _require_writable(folder)
        if not target.exists() or (target.is_dir() and not any(target.iterdir())):
            return
        if not self._is_alone(target):
            raise ValueError(
                f"--output: {folder}: expected no folder, an empty one or an earlier {self.what} alone, found "
                "something else"
            )
        if not overwrite:
            raise ValueError(f"--output: {folder}: there is a {self.what} already; say --overwrite to replace it")

    @contextlib.contextmanager
    def built_beside(self, folder: Path) -> Iterator[Path]:
        """A folder to write into, which takes the name of the target when the block is over.

        What a killed process left beside the target is removed first, or put back if it was there before.

        Raises:
            OSError: if it cannot be written; what was there before is still there then.
            ValueError: if another process is writing the same folder.
        """
        folder = folder.resolve()
        beside, old, lock = (
            folder.with_name(f".{folder.name}.{self.what}.{end}") for end in ("partial", "old", "lock")
        )
        with exclusive(lock, str(folder)):
            try:
                _tidy(folder, beside, old)
                for place in (beside, *(beside / name for name in self.folders)):
                    place.mkdir(parents=True)
                yield beside
                listing = "".join(f"{name}\n" for name in sorted(_files(beside)))
                (beside / LISTING).write_text(listing, encoding="utf-8")
                if folder.exists():
                    folder.rename(old)
                beside.rename(folder)
            finally:
                _tidy(folder, beside, old)

    def _is_alone(self, folder: Path) -> bool:
        """Whether there is nothing in a folder but what the command made."""
        page, listing = folder / self.page, folder / LISTING
        if not (page.is_file() and listing.is_file()):
            return False
        with page.open(encoding="utf-8", errors="replace") as file:
            if self.mark not in file.read(_HEAD):
                return False
        known = listing.read_text(encoding="utf-8", errors="replace").splitlines()
        return _files(folder) <= {LISTING, *known}


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


def _files(folder: Path) -> set[str]:
    """Whatever is in a folder and in those within, links as links; not the folders."""
    return {
        (Path(place) / name).relative_to(folder).as_posix()
        for place, folders, files in os.walk(folder)
        for name in [*files, *(one for one in folders if (Path(place) / one).is_symlink())]
    }
