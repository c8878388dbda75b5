"""The three folders of nnU-Net, which its variables name, and the space on their disks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from nnunet_spine.doctor.finding import Finding, note, ok, problem

VARIABLES = ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")

GIB = 2**30
SCARCE_GIB, TOO_LITTLE_GIB = 20, 1
"""Below the first a preprocessed data set or a few models may fill the disk, below the second anything will."""


def check_folders() -> Iterator[Finding]:
    """One finding for each variable."""
    for variable in VARIABLES:
        yield _examine(variable, os.environ.get(variable, ""))


def check_space() -> Iterator[Finding]:
    """Free space where the folders are, or would be made."""
    folders = {variable: nearest_existing(Path(path)) for variable in VARIABLES if (path := os.environ.get(variable))}
    free = {variable: shutil.disk_usage(folder).free / GIB for variable, folder in folders.items()}
    if not free:
        return
    text = ", ".join(f"{variable} {gib:.0f} GiB" for variable, gib in free.items())
    if min(free.values()) < TOO_LITTLE_GIB:
        yield problem("disk space", f"free: {text}", "Make room, or point the variable at another disk.")
    elif min(free.values()) < SCARCE_GIB:
        yield note("disk space", f"free: {text}", "A preprocessed data set or a few models may fill it.")
    else:
        yield ok("disk space", f"free: {text}")


def nearest_existing(path: Path) -> Path:
    """The path itself or the nearest folder above it that exists."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())


def _examine(variable: str, path: str) -> Finding:
    if not path:
        return problem(
            variable, "is not set", f"Run, and put into your shell's start-up file: export {variable}=/folder"
        )
    folder = Path(path)
    if not folder.exists():
        return _missing(variable, folder)
    if not folder.is_dir():
        return problem(variable, f"{path} is not a folder", f"Point {variable} at a folder.")
    if not os.access(folder, os.W_OK | os.X_OK):
        return _read_only(variable, path)
    if not folder.is_absolute():
        return note(variable, f"{path} is relative: it depends on where a command is started", "Use the full path.")
    return ok(variable, path)


def _missing(variable: str, folder: Path) -> Finding:
    if str(folder).startswith("~"):
        return problem(variable, f"{folder} was not expanded by the shell", f'Write: export {variable}="$HOME/..."')
    if folder.parent.exists():
        return note(variable, f"{folder} does not exist yet", f'Run: mkdir "{folder}"')
    text = f"neither {folder} nor the folder around it exists"
    return problem(variable, text, f'Is a disk not mounted? If it is a new folder, run: mkdir -p "{folder}"')


def _read_only(variable: str, path: str) -> Finding:
    text = f"{path} is not writable for you"
    if variable == "nnUNet_raw":
        return note(variable, text, "Training works; converting a data set into it does not.")
    return problem(variable, text, f"Change its permissions, or point {variable} at a folder of your own.")
