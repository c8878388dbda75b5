"""Versions of what has to work together, and whether the commands belong to this environment."""

from __future__ import annotations

import importlib
import json
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import nnunet_spine
from nnunet_spine.doctor.finding import Finding, note, ok, problem

OLDEST_NNUNET = (2, 8)
NEWEST_NNUNET = (3,)
"""The first version that works and the first that need not, as in setup.py."""


def check_python() -> Iterator[Finding]:
    """Which Python runs."""
    yield ok("python", f"{platform.python_version()} ({sys.executable})")


def check_this_package() -> Iterator[Finding]:
    """Whether nnunet-spine is installed, and in which way."""
    folder = Path(nnunet_spine.__file__).parent
    text = f"{nnunet_spine.__version__} ({folder})"
    try:
        installed = metadata.distribution("nnunet-spine")
    except metadata.PackageNotFoundError:
        yield problem("nnunet-spine", f"{text} is not installed, only on Python's path", "Run: pip install .")
        return
    yield ok("nnunet-spine", text + (", editable" if is_editable(installed) else ""))


def check_nnunet() -> Iterator[Finding]:
    """Whether nnU-Net is there in a version that finds external trainers."""
    remedy = 'Run: pip install "nnunetv2>=2.8,<3"'
    try:
        installed = metadata.distribution("nnunetv2")
    except metadata.PackageNotFoundError:
        yield problem("nnunetv2", "is not installed", remedy)
        return
    text = installed.version + (", editable" if is_editable(installed) else "")
    if OLDEST_NNUNET <= version_tuple(installed.version) < NEWEST_NNUNET:
        yield ok("nnunetv2", text)
    else:
        yield problem("nnunetv2", f"{text}; 2.8 or newer is needed, below 3", remedy)


def check_torch() -> Iterator[Finding]:
    """Whether torch can be imported."""
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        yield problem("torch", f"cannot be imported: {error}", "Install torch for your machine: https://pytorch.org")
        return
    yield ok("torch", torch.__version__)


def check_commands() -> Iterator[Finding]:
    """Whether the nnU-Net commands that the shell finds are those of this environment."""
    here = Path(sys.executable).parent
    found = shutil.which("nnUNetv2_train")
    if found is None:
        advice = f'Activate the environment, or run: export PATH="{here}:$PATH"'
        yield note("commands", "the shell does not find nnUNetv2_train", advice)
    elif Path(found).parent.resolve() != here.resolve():
        advice = f"It may not know nnunet-spine. Activate the environment of {sys.executable}."
        yield note("commands", f"nnUNetv2_train is {found}, of another environment than this Python", advice)
    else:
        yield ok("commands", f"nnUNetv2_train is {found}")


def is_editable(installed: metadata.Distribution) -> bool:
    """Whether pip installed a distribution in editable mode (PEP 610)."""
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    return bool(origin.get("dir_info", {}).get("editable", False))


def version_tuple(version: str) -> tuple[int, ...]:
    """The numbers a version starts with: "2.8.1rc1" -> (2, 8, 1)."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(number) for number in match[0].split(".")) if match else ()
