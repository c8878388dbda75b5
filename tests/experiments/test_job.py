"""A job makes its node once, says what happened, and leaves nothing running."""

from __future__ import annotations

import errno
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from nnunet_spine.experiments.job import records
from nnunet_spine.experiments.job.locks import is_held
from nnunet_spine.experiments.nodes import Command, Graph, Node
from nnunet_spine.experiments.workspace import NodeFolder, Workspace
from nnunet_spine.plumbing import files

from .made_graphs import COUNT, made_graph, made_node, run_job, start_job, wait_until

SLEEP = f"{COUNT}; import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
UNTIL_TOLD = f"{COUNT}; import os, time\nopen('pid', 'w').close()\nwhile not os.path.exists('go'): time.sleep(0.02)"


def one(folder: Path, *programs: str, kind: str = "train", **rest) -> tuple[Graph, Node, NodeFolder]:
    node = made_node(kind, "the node", *programs, **rest)
    graph = made_graph(folder / "workspace", node)
    return graph, node, Workspace(graph.workspace).node(node.id)


def read(path: Path) -> dict:
    return json.loads(path.read_text())


def is_alive(pid: int) -> Callable[[], bool]:
    """Whether a process runs; one that has ended but was not waited for does not."""

    def alive() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False

    return alive


def test_commands_run_one_after_the_other_with_the_nodes_files_and_once(tmp_path: Path):
    settings = tmp_path / "made/settings.txt"
    graph, node, folder = one(
        tmp_path,
        f"open('first', 'w').write(open({str(settings)!r}).read())",
        f"{COUNT}; open('second', 'w').write(open('first').read().upper())",
        files={str(settings): "text"},
    )
    assert [run_job(graph, node), run_job(graph, node)] == [0, 0]
    assert (folder.folder / "second").read_text() == "TEXT"
    assert (folder.folder / "runs").read_text() == "x"
    assert read(folder.done)["seconds"] > 0
    assert not folder.running.exists()
    assert not folder.failed.exists()


def test_the_first_command_that_fails_is_the_last_and_its_error_the_cause(tmp_path: Path):
    graph, node, folder = one(tmp_path, "int('seven')", COUNT)
    assert run_job(graph, node) == 1
    failed = read(folder.failed)
    assert failed["cause"] == "ValueError: invalid literal for int() with base 10: 'seven' (exit code 1)"
    assert (failed["exit_code"], failed["stopped"]) == (1, False)
    assert not (folder.folder / "runs").exists()
    assert not folder.done.exists()
    assert not folder.running.exists()


def test_an_earlier_failure_is_forgotten_by_success(tmp_path: Path):
    graph, node, folder = one(tmp_path, "import os, sys; sys.exit(not os.path.exists('repaired'))")
    assert run_job(graph, node) == 1
    (folder.folder / "repaired").touch()
    assert run_job(graph, node) == 0
    assert not folder.failed.exists()


def test_a_result_that_is_not_made_is_a_failure(tmp_path: Path):
    graph, node, folder = one(tmp_path, "pass", results=[tmp_path / "model.pth"])
    assert run_job(graph, node) == 1
    assert read(folder.failed)["cause"].endswith(f"did not make {tmp_path / 'model.pth'}")


def test_a_program_that_is_not_there_is_named(tmp_path: Path):
    node = Node("train", "the node", {}, commands=(Command(("no-such-program",)),))
    graph = made_graph(tmp_path, node)
    assert run_job(graph, node) == 1
    assert read(Workspace(tmp_path).node(node.id).failed)["cause"] == "No such file or directory: no-such-program"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_job_that_is_told_to_stop_ends_all_that_it_started(number: int, tmp_path: Path):
    program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).wait()"
    graph, node, folder = one(tmp_path, program)
    job = start_job(graph, node)
    pid = folder.folder / "pid"
    wait_until(lambda: pid.exists() and pid.read_text())
    assert {"host", "pid", "started", "device", "group"} == set(read(folder.running))
    grandchild = is_alive(int(pid.read_text()))
    assert grandchild()
    job.send_signal(number)
    assert job.wait(30) == 128 + number
    wait_until(lambda: not grandchild())
    assert not is_held(folder.lock)
    assert not folder.running.exists()
    assert read(folder.failed)["stopped"]


def test_what_a_command_leaves_running_ends_with_it(tmp_path: Path):
    program = f"import os, subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
    graph, node, folder = one(tmp_path, program + "while not os.path.exists('pid'): time.sleep(0.02)")
    assert run_job(graph, node) == 0
    wait_until(lambda: not is_alive(int((folder.folder / "pid").read_text() or 0))())


def test_a_second_job_waits_for_the_first_and_makes_nothing_twice(tmp_path: Path):
    graph, node, folder = one(tmp_path, UNTIL_TOLD)
    first = start_job(graph, node)
    wait_until((folder.folder / "pid").exists)
    second = start_job(graph, node)
    wait_until(lambda: "waits for another one that makes this node" in folder.log.read_text())
    (folder.folder / "go").touch()
    assert [first.wait(30), second.wait(30)] == [0, 0]
    assert (folder.folder / "runs").read_text() == "x"


def test_the_command_of_a_killed_job_lives_and_is_waited_for(tmp_path: Path):
    graph, node, folder = one(tmp_path, UNTIL_TOLD)
    first = start_job(graph, node)
    wait_until((folder.folder / "pid").exists)
    os.kill(first.pid, signal.SIGKILL)
    first.wait(30)
    assert is_held(folder.lock)
    second = start_job(graph, node)
    wait_until(lambda: "waits for another one" in folder.log.read_text())
    assert (folder.folder / "runs").read_text() == "x"
    (folder.folder / "go").touch()
    assert second.wait(30) == 0
    # Nobody could say that the first command ended well: it was repeated, as commands may be, after its end.
    assert (folder.folder / "runs").read_text() == "xx"


def test_what_a_killed_job_left_can_be_ended_by_its_group(tmp_path: Path):
    graph, node, folder = one(tmp_path, UNTIL_TOLD)
    job = start_job(graph, node)
    wait_until((folder.folder / "pid").exists)
    job.kill()
    job.wait(30)
    assert is_held(folder.lock)
    os.killpg(read(folder.running)["group"], signal.SIGTERM)
    wait_until(lambda: not is_held(folder.lock))


def test_a_full_disk_leaves_no_half_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = NodeFolder(tmp_path)

    def full(path: Path, text: str) -> None:
        def write(file) -> None:
            file.write(text[:5].encode())
            raise OSError(errno.ENOSPC, "No space left on device")

        files.write_beside(path, write)

    monkeypatch.setattr(records, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        records.write_done(folder, 1.0)
    assert not list(tmp_path.iterdir())
