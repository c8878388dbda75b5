"""How much memory there is."""

from __future__ import annotations

import os
from pathlib import Path

_OF_PROCESS, _GROUPS, _LIMIT = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"), "memory.max"
_PREFIX = "0::/"
"""Of the line of version 2 of Linux' control groups."""


def memory_bytes() -> int | None:
    """Memory that this process may have, of the machine or of its container; None where that cannot be known."""
    return min(filter(None, (_of_machine(), _of_group())), default=None)


def _of_machine() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _of_group() -> int | None:
    """The least limit of the control group and of those above it."""
    try:
        lines = _OF_PROCESS.read_text().splitlines()
    except OSError:
        return None
    group = next((_GROUPS / line.removeprefix(_PREFIX) for line in lines if line.startswith(_PREFIX)), _GROUPS)
    folders = [group, *(one for one in group.parents if one.is_relative_to(_GROUPS))]
    return min(filter(None, map(_limit, folders)), default=None)


def _limit(folder: Path) -> int | None:
    try:
        said = (folder / _LIMIT).read_text().strip()
    except OSError:
        return None
    return int(said) if said.isdigit() else None
