"""Whether several copies of this package are in each other's way."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import nnunet_spine
from nnunet_spine.doctor.finding import Finding, note, ok, problem


def check_copies() -> Iterator[Finding]:
    """Tells which copy of the package Python uses where there is more than one."""
    used = Path(nnunet_spine.__file__).resolve().parent
    if importlib.util.find_spec("nnunet_spine.trainers") is None:
        advice = f"Take {used.parent} off PYTHONPATH, or run in it: pip install -e ."
        yield problem("copies", f"{used} has no trainers: it is a bare checkout, not an installed package", advice)
    others = [folder for folder in _copies() if folder != used]
    for folder in others:
        advice = f"Changes there have no effect. If it is the one you work on, run in {folder.parent}: pip install -e ."
        yield note("copies", f"Python uses {used}, but there is another copy in {folder}", advice)
    if not others:
        yield ok("copies", "one copy of the package")


def _copies() -> list[Path]:
    """Folders of this package that Python's path or the working directory lead to, each once."""
    roots = [Path(entry or ".").resolve() for entry in (*sys.path, "")]
    found = (root / "nnunet_spine" for root in dict.fromkeys(roots))
    return list(dict.fromkeys(folder.resolve() for folder in found if (folder / "__init__.py").is_file()))
