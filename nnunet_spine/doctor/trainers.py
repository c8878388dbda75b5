"""Whether nnU-Net finds the trainers."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import site
import sys
from collections.abc import Iterator
from pathlib import Path

from nnunet_spine.discovery.activate import SHIM_FOLDER, VARIABLE, is_shim
from nnunet_spine.doctor.finding import Finding, note, ok, problem

STARTUP_FILE = "nnunet_spine.pth"
TRAINER = "nnUNetTrainerSynthSpine"
HOME = "nnunet_spine.trainers"


def check_startup() -> Iterator[Finding]:
    """Whether our folder is in nnU-Net's variable, who put it there, and what else is in it."""
    entries = [entry for entry in os.environ.get(VARIABLE, "").split(os.pathsep) if entry.strip()]
    startup = _startup_file()
    if SHIM_FOLDER not in entries:
        yield problem("discovery", *_why_inactive(startup))
    elif startup is None:
        yield note("discovery", f"{VARIABLE} was set by hand: {STARTUP_FILE} is not in site-packages", "Nothing to do.")
    else:
        yield ok("discovery", f"{startup} adds {SHIM_FOLDER} to {VARIABLE}")
    for entry in entries:
        if not is_shim(entry):
            yield _users_own(Path(entry))


def check_trainers() -> Iterator[Finding]:
    """Whether nnU-Net's own search finds a trainer of ours."""
    search = io.StringIO()
    try:
        with contextlib.redirect_stdout(search):
            finder = importlib.import_module("nnunetv2.utilities.find_objects")
            found = finder.recursive_find_trainer_class_by_name(TRAINER)
    except Exception as error:  # the search imports every module of every folder, and each may fail in its own way
        last_step = search.getvalue().strip().rpartition("\n")[2].strip()
        text = f"nnU-Net does not find {TRAINER}: {type(error).__name__}: {error}"
        advice = f"Put right what is said above. nnU-Net's last step was: {last_step or 'none'}"
        yield problem("trainers", text, advice)
        return
    if found.__module__ == HOME:
        yield ok("trainers", f"nnU-Net finds {TRAINER}")
    else:
        yield note("trainers", f"nnU-Net finds another {TRAINER} first, that of {found.__module__}", "Rename that one.")


def _startup_file() -> Path | None:
    """The installed startup file; None if there is none in the folders whose .pth files Python reads."""
    folders = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    return next((path for folder in folders if (path := Path(folder, STARTUP_FILE)).is_file()), None)


def _why_inactive(startup: Path | None) -> tuple[str, str]:
    """What keeps the folder out of the variable, and what to do."""
    if startup is None:
        advice = f'Run: pip install . (not with --target), or: export {VARIABLE}="{SHIM_FOLDER}"'
        return f"{STARTUP_FILE} is not in site-packages: nnU-Net does not find the trainers", advice
    if sys.flags.no_site:
        return f"Python was started with -S and does not read {startup}", "Start it without -S."
    return f"{startup} is there but has no effect", "Run in a clone: pip install --force-reinstall --no-deps ."


def _users_own(folder: Path) -> Finding:
    """A folder that the user put into the variable: nnU-Net imports every module in and below it."""
    if not folder.is_dir():
        return note("discovery", f"{VARIABLE} names {folder}, which does not exist", f"Take it out of {VARIABLE}.")
    if folder.name in ("site-packages", "dist-packages") or (folder / "setup.py").is_file():
        text = f"{VARIABLE} names {folder}: nnU-Net will import everything in it, setup.py too"
        return problem("discovery", text, "Name a folder that holds nothing but trainers.")
    return ok("discovery", f"your own trainers in {folder} come first")
