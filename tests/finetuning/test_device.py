"""Where a training runs is known before anything is made, and nnU-Net is told in its own words."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from nnunet_spine.cli import main
from nnunet_spine.finetuning import run as run_module
from nnunet_spine.finetuning.device import training_device

VISIBLE = "CUDA_VISIBLE_DEVICES"


@pytest.fixture
def having(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """A machine with so many GPUs, all of them shown."""

    def have(gpus: int) -> None:
        monkeypatch.delenv(VISIBLE, raising=False)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)

    return have


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--device", "cuda"], "--device cuda: there is no GPU that PyTorch can use; say --device cpu"),
        (["--device", "cuda:1"], "--device cuda:1: there is no GPU"),
        (["--device", "gpu"], "--device gpu: expected auto, cpu, cuda, cuda:NUMBER or mps"),
        (["--num-gpus", "2"], "number of GPUs: expected 1, or more on the device cuda; got 2 on cpu"),
    ],
)
def test_a_device_that_is_not_there_is_refused_before_anything_is_made(
    words: list[str],
    message: str,
    model: Path,
    hospital: Path,
    nnunet_folders: Path,
    commands: list[str],
    having: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
):
    having(0)
    before = set(nnunet_folders.rglob("*"))
    assert main(["finetune", str(model), "-d", "8", "-f", "0", *words]) == 2
    assert message in (error := capsys.readouterr().err)
    assert error.count("\n") == 1
    assert commands == []
    assert set(nnunet_folders.rglob("*")) == before


def test_without_a_gpu_the_cpu_trains_unless_another_is_asked_for(having: Callable[[int], None]):
    having(0)
    assert training_device("auto", 1).type == "cpu"
    having(1)
    assert training_device("auto", 1).type == "cuda"
    assert training_device("cpu", 1).type == "cpu"


def test_as_many_gpus_as_are_asked_for_must_be_there(having: Callable[[int], None]):
    having(2)
    assert training_device("auto", 2).variables == {}
    with pytest.raises(ValueError, match="PyTorch finds 2 GPUs, got 3"):
        training_device("cuda", 3)
    with pytest.raises(ValueError, match="got 2 on cuda:0"):
        training_device("cuda:0", 2)


@pytest.mark.parametrize(("shown", "expected"), [(None, "1"), ("4,7", "7"), ("GPU-5b, GPU-c0", "GPU-c0")])
def test_a_gpu_by_its_number_is_the_only_one_that_nnunet_sees(
    shown: str | None,
    expected: str,
    model: Path,
    having: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    having(2)
    if shown is not None:
        monkeypatch.setenv(VISIBLE, shown)
    seen: list[tuple[str, str]] = []

    def stop(command: tuple[str, ...]) -> None:
        seen.append((" ".join(command), os.environ[VISIBLE]))
        raise run_module.CommandFailedError(1)

    monkeypatch.setattr(run_module, "run_command", stop)
    words = ["finetune", str(model), "-d", "7", "-f", "0", "--patients", "1", "--device", "cuda:1"]
    assert main(words) == 1
    ((command, visible),) = seen
    assert command.endswith("-device cuda --c")
    assert visible == expected
    assert os.environ.get(VISIBLE) == shown
    assert f"$ export {VISIBLE}={expected}\n" in capsys.readouterr().out
