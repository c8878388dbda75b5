"""Why a command failed, in one line: from its exit code and the end of what it printed."""

from __future__ import annotations

import errno
import re
import signal

_KNOWN = {
    "the GPU ran out of memory: ask for less in `plans` (gpu_memory_gb, batch_size), or take a larger GPU": (
        r"CUDA out of memory|torch\.(cuda\.)?OutOfMemoryError|CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED"
    ),
    "no space left on the disk: make some, then run again": (
        r"No space left on device|\[Errno 28\]|Disk quota exceeded|PytorchStreamWriter failed writing"
    ),
    "a GPU was wanted, but torch finds none: look at nvidia-smi, or run with --gpus none": (
        r"No CUDA GPUs are available|Found no NVIDIA driver|Torch not compiled with CUDA|"
        r"no CUDA-capable device|CUDA driver version is insufficient|CUDA driver initialization failed"
    ),
    "no shared memory left for processes that load data: enlarge /dev/shm (docker run --shm-size)": (
        r"insufficient shared memory|unable to (open|mmap|write).*shared memory|Bus error"
    ),
    "the machine ran out of memory: give the job more (memory_gb in `resources`), or run fewer at a time": (
        r"\bMemoryError\b|can't allocate memory|Cannot allocate memory|Unable to allocate .* for an array|oom-kill|"
        r"oom_kill|background workers? (is|are) no longer alive|worker process ended before its work was done"
    ),
}
_KILLED = "killed, most often by the system for lack of memory: give the job more (memory_gb in `resources`)"
_TERMINATED = "told to end from outside; in a cluster most often because its time was over (hours in `resources`)"
_AN_ERROR = re.compile(r"^\s*(\w+\.)*\w*(Error|Exception|Interrupt)\b|\berror:", re.IGNORECASE)
_MOST = 300


def diagnose(code: int, output: str) -> str:
    """Cause of a failure.

    Args:
        code: exit code; that of a signal negative, or as a shell has it.
        output: end of what was printed.
    """
    for cause, pattern in _KNOWN.items():
        if re.search(pattern, output):
            return cause
    number = -code if code < 0 else code - 128
    if number == signal.SIGKILL:
        return _KILLED
    if number == signal.SIGTERM:
        return _TERMINATED
    what = f"exit code {code}" if number <= 0 or number > 64 else f"ended by {signal.Signals(number).name}"
    last = _last_error(output)
    return f"{last[:_MOST]} ({what})" if last else f"{what}, nothing printed"


def _last_error(output: str) -> str:
    """The last line that tells an error, with the first one indented below it, which says more; else the last line."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    errors = [k for k, line in enumerate(lines) if _AN_ERROR.search(line)]
    if not errors:
        return lines[-1].strip() if lines else ""
    said, *below = lines[errors[-1] : errors[-1] + 2]
    return " ".join([said.strip(), *(line.strip() for line in below if line[0].isspace())])


def diagnose_error(error: OSError) -> str:
    """Cause of a failure of the file system, or of a program that cannot be started."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return diagnose(1, "No space left on device")
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
