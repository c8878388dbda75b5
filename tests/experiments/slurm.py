"""A SLURM of one node on this machine: its own key, ports and folder, two GPUs that are none, stopped whatever happens.

Its daemons run as the current user, who need not be root. Nothing of a SLURM that the machine may have is touched.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "sinfo", "setpriv")
START_S = 20.0

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthInfo=socket={folder}/munge.sock
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
GresTypes=gpu
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 Gres=gpu:2
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE DefMemPerCPU=100 State=UP
"""


@dataclass(frozen=True)
class Job:
    """A job, as squeue tells: `reason` why it is pending, `comment` what Snakemake calls it."""

    id: str
    state: str
    reason: str
    comment: str


@dataclass(frozen=True)
class Slurm:
    """One that runs.

    Attributes:
        folder: its files.
    """

    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """Environment of commands that shall find it, and nothing of another one that this process may be a job of."""
        others = ("SLURM", "SBATCH", "SRUN", "CUDA_VISIBLE_DEVICES")
        mine = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        return mine | {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": f"{self.folder}/bin:{mine['PATH']}"}

    def run(self, *words: str) -> str:
        """What one of its commands prints."""
        return subprocess.run(
            words, env=self.variables, check=True, text=True, stdout=subprocess.PIPE, timeout=30
        ).stdout.strip()

    def jobs(self) -> list[Job]:
        """All that were submitted."""
        lines = self.run("squeue", "--noheader", "--states=all", "--format=%i|%T|%r|%k").splitlines()
        return [Job(*line.split("|", 3)) for line in lines]


@contextmanager
def single_node_slurm() -> Iterator[Slurm]:
    """Start it; skip the test, saying why, where that cannot be."""
    missing = [program for program in PROGRAMS if _find(program) is None]
    if not sys.platform.startswith("linux") or missing:
        pytest.skip(f"no SLURM: not installed: {', '.join(missing)} (Debian: slurm-wlm, munge)")
    with ExitStack() as stack:
        # The path of a socket has at most 107 characters: pytest's own folders are too deep.
        folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        slurm = Slurm(folder)
        stack.callback(_kill_what_is_left, slurm)
        _configure(slurm)
        munged = [f"--{name}-file={folder}/munged.{name}" for name in ("key", "pid", "log", "seed")]
        for command in (
            ["munged", "--foreground", "--force", f"--socket={folder}/munge.sock", *munged],
            ["slurmctld", "-D", "-c"],
            ["slurmd", "-D", "-c", "-N", "node"],
        ):
            stack.enter_context(_daemon(slurm, command))
            if command[0] == "munged":
                _wait(slurm, lambda: (folder / "munge.sock").exists())
        _wait(slurm, lambda: _says_idle(slurm))
        yield slurm


def _find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _configure(slurm: Slurm) -> None:
    folder = slurm.folder
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir()
    # Snakemake's plugin takes SLURM_CONF from the srun in its jobs, which then looks in /etc.
    wrapper = folder / "bin/srun"
    wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {_find("srun")} "$@"\n')
    wrapper.chmod(0o755)
    (folder / "munged.key").write_bytes(os.urandom(1024))
    (folder / "munged.key").chmod(0o400)
    # SLURM takes any character device for a GPU, and counts by the number in its name.
    for i in range(2):
        (folder / f"gpu{i}").symlink_to("/dev/null")
    (folder / "gres.conf").write_text(f"NodeName=node Name=gpu File={folder}/gpu[0-1]\n")
    host, user = socket.gethostname().split(".")[0], _user_name()
    text = CONFIGURATION.format(host=host, user=user, folder=folder, ports=_free_ports(2))
    (folder / "slurm.conf").write_text(text)


def _user_name() -> str:
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def _daemon(slurm: Slurm, command: list[str]) -> Iterator[None]:
    """One of its programs, which ends with this block, and with this process if that is killed."""
    words = ["setpriv", "--pdeathsig", "KILL", str(_find(command[0])), *command[1:]]
    with (slurm.folder / f"{command[0]}.txt").open("w") as log:
        process = subprocess.Popen(words, env=slurm.variables, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _says_idle(slurm: Slurm) -> bool:
    answer = subprocess.run(["sinfo", "-h", "-o", "%T"], env=slurm.variables, text=True, capture_output=True)
    return answer.stdout.strip() == "idle"


def _wait(slurm: Slurm, ready: Callable[[], bool]) -> None:
    end = time.monotonic() + START_S
    while not ready():
        if time.monotonic() > end:
            pytest.skip(f"no SLURM: not ready in {START_S:.0f} s as user {_user_name()}; {_last_words(slurm)}")
        time.sleep(0.1)


def _last_words(slurm: Slurm) -> str:
    """Last line of each daemon."""
    logs = sorted(slurm.folder.glob("*d.txt"))
    lines = {log.stem: (log.read_text().splitlines() or ["nothing"])[-1] for log in logs}
    return "; ".join(f"{name} said: {line}" for name, line in lines.items())


def _kill_what_is_left(slurm: Slurm) -> None:
    """Jobs outlive SLURM's daemons; they are known by the variable that they inherited."""
    mark = f"SLURM_CONF={slurm.folder}/slurm.conf".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), SIGKILL)
        except OSError:
            continue
