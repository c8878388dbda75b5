"""Every job has a device of its own, and as many threads as cores."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from nnunet_spine.experiments.job.device import allotted
from nnunet_spine.experiments.job.environment import environment_of, words_of
from nnunet_spine.experiments.job.locks import is_held
from nnunet_spine.experiments.nodes import CORES, DEVICE, Command

from .made_graphs import made_graph, made_node, start_job

NOBODY = pytest.fail
SHOW = "import os, time; t = time.time(); time.sleep(0.3); open('gpu', 'w').write(' '.join(map(str, (os.environ[" + (
    "'CUDA_VISIBLE_DEVICES'], t, time.time()))))"
)


@pytest.fixture(autouse=True)
def locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folder of the locks of GPUs, not that of whoever runs the tests."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path / "tmp" / f"nnunet-spine-{os.getuid()}"


def test_no_gpu_has_two_jobs_at_the_same_time_be_they_of_two_workspaces(tmp_path: Path):
    nodes = [made_node("train", f"training {number}", SHOW) for number in range(5)]
    graphs = [made_graph(tmp_path / f"workspace {number}", *nodes[number::2]) for number in range(2)]
    jobs = [start_job(graph, node, "--gpus", "0,1") for graph in graphs for node in graph.nodes.values()]
    assert [job.wait(60) for job in jobs] == [0] * 5
    spans = [path.read_text().split() for path in tmp_path.glob("workspace */nodes/*/gpu")]
    assert {gpu for gpu, *_ in spans} == {"0", "1"}
    for number in "01":
        times = sorted((float(start), float(end)) for gpu, start, end in spans if gpu == number)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(times))


def test_a_gpu_is_held_as_long_as_the_block_for_this_user_on_this_machine(locks: Path):
    with allotted("3", True, NOBODY) as device:
        (lock,) = locks.iterdir()
        assert is_held(lock)
        assert lock.name == "gpu-3.lock"
        assert (device.type, device.name, device.variables["CUDA_VISIBLE_DEVICES"]) == ("cuda", "cuda 3", "3")
    assert not is_held(lock)


def test_a_job_without_use_for_a_gpu_takes_none_and_sees_none(locks: Path):
    with allotted("0,1", False, NOBODY) as device:
        assert (device.type, device.variables, device.locks) == ("cpu", {"CUDA_VISIBLE_DEVICES": ""}, ())
    assert not locks.exists()


@pytest.mark.parametrize(("visible", "kind"), [("2", "cuda"), ("", "cpu"), ("NoDevFiles", "cpu"), ("-1", "cpu")])
def test_in_a_cluster_the_device_is_the_one_that_was_given(visible: str, kind: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with allotted("given", True, NOBODY) as device:
        assert (device.type, device.variables) == (kind, {})


def test_words_for_device_and_cores_are_replaced():
    command = Command(("no-program", "--device", DEVICE, "--threads", CORES, "-o", "a{device}b"))
    with allotted("0", True, NOBODY) as device:
        words = words_of(command, device, 4)
    assert words == ["no-program", "--device", "cuda", "--threads", "4", "-o", "a{device}b"]


def test_threads_are_the_jobs_unless_the_user_chose_and_the_commands_variables_count_most(
    monkeypatch: pytest.MonkeyPatch,
):
    for name in ("OMP_NUM_THREADS", "nnUNet_n_proc_DA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("nnUNet_def_n_proc", "7")
    monkeypatch.setenv("nnUNet_raw", "the user's")
    command = Command(("x",), {"nnUNet_raw": "the node's"})
    with allotted("0", True, NOBODY) as gpu, allotted("none", True, NOBODY) as cpu:
        on_gpu, on_cpu = environment_of(command, gpu, 8, (5, 6)), environment_of(command, cpu, 8, (5,))
    assert [on_gpu[name] for name in ("OMP_NUM_THREADS", "nnUNet_n_proc_DA", "nnUNet_def_n_proc")] == ["8", "7", "7"]
    assert on_cpu["nnUNet_n_proc_DA"] == "1"
    assert on_gpu["nnUNet_raw"] == "the node's"
    assert (on_gpu["NNUNET_SPINE_LOCK_FD"], on_cpu["NNUNET_SPINE_LOCK_FD"]) == ("5,6", "5")
