"""What a job writes about itself into the folder of its node."""

from __future__ import annotations

import json
import os
import socket
from datetime import datetime, timezone
from typing import Any

from nnunet_spine.experiments.workspace import NodeFolder
from nnunet_spine.plumbing.files import read_json, write_text

_SLURM = "SLURM_JOB_ID"


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
    return folder.failed.exists() and not read_json(folder.failed)["stopped"]


def write_done(folder: NodeFolder, seconds: float) -> None:
    """Say that the node is made."""
    _write(folder.done, {"host": socket.gethostname(), "ended": now(), "seconds": round(seconds, 3)})


def now() -> str:
    """The time, in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _write(path: Any, record: dict[str, Any]) -> None:
    write_text(path, json.dumps(record, indent=1) + "\n")
