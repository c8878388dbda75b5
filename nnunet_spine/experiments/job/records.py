"""What a job writes about itself into the folder of its node."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import socket
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nnunet_spine.experiments.workspace import NodeFolder
from nnunet_spine.plumbing.files import read_json, write_text

_SLURM = "SLURM_JOB_ID"
_PACKAGES = ("nnunet-spine", "nnunetv2", "torch")


def read_record(path: Path) -> dict[str, Any] | None:
    """A record; None if there is none, or none that can be read, such as an empty file after a power cut.

    Raises:
        OSError: if the file cannot be read at a second try: those of a network may be stale at the first.
    """
    for last in (False, True):
        try:
            return read_json(path)
        except (FileNotFoundError, ValueError):
            return None
        except OSError:
            if last:
                raise
    return None


def is_done(folder: NodeFolder) -> bool:
    """Whether the node is made."""
    return read_record(folder.done) is not None


def write_running(folder: NodeFolder, device: str) -> None:
    """Say that this process makes the node."""
    where = {"host": socket.gethostname(), "pid": os.getpid(), "started": now(), "device": device}
    if _SLURM in os.environ:
        where["slurm_job"] = os.environ[_SLURM]
    _write(folder.running, where)


def write_group(folder: NodeFolder, group: int) -> None:
    """Say which process group the command has that runs now: what is left if this process is killed."""
    _write(folder.running, read_json(folder.running) | {"group": group})


def write_failed(folder: NodeFolder, cause: str, code: int, *, stopped: bool = False) -> None:
    """Say why the attempt failed; a job that was told to stop did not fail by itself."""
    _write(folder.failed, {"cause": cause, "exit_code": code, "stopped": stopped, "ended": now()})


def failed_by_itself(folder: NodeFolder) -> bool:
    """Whether the last attempt failed, and was not told to stop."""
    record = read_record(folder.failed)
    return record is not None and not record["stopped"]


def write_done(folder: NodeFolder, seconds: float) -> None:
    """Say that the node is made."""
    record = {"host": socket.gethostname(), "ended": now(), "seconds": round(seconds, 3), "versions": _versions()}
    _write(folder.done, record)


def _versions() -> dict[str, str]:
    """Of Python, and of the packages that decide most about what is made."""
    found = {"Python": platform.python_version()}
    for name in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def now() -> str:
    """The time, in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _write(path: Any, record: dict[str, Any]) -> None:
    write_text(path, json.dumps(record, indent=1) + "\n")
