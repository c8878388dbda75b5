"""The device by what a user says."""

from __future__ import annotations

import pytest
import torch

from nnunet_spine.steps.device import device_named


@pytest.fixture
def having(monkeypatch: pytest.MonkeyPatch):
    """A machine with so many GPUs, with or without MPS."""

    def have(gpus: int, mps: bool) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return have


@pytest.mark.parametrize(
    ("gpus", "mps", "best"), [(1, False, "cuda"), (1, True, "cuda"), (0, True, "mps"), (0, False, "cpu")]
)
def test_auto_is_the_best_that_there_is(gpus: int, mps: bool, best: str, having):
    having(gpus, mps)
    assert device_named("auto") == best


def test_devices_that_are_there_keep_their_names(having):
    having(2, True)
    for name in ("cpu", "cuda", "cuda:0", "cuda:1", "mps"):
        assert device_named(name) == name
    assert device_named("cuda:01") == "cuda:1", "torch takes no other"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cuda", "there is no GPU that PyTorch can use; say --device cpu"),
        ("mps", "PyTorch finds none here"),
        ("gpu", "expected auto, cpu, cuda, cuda:NUMBER or mps"),
        ("cuda:x", "expected auto, cpu, cuda, cuda:NUMBER or mps"),
    ],
)
def test_devices_that_are_not_there(name: str, message: str, having):
    having(0, False)
    with pytest.raises(ValueError, match=message):
        device_named(name)


def test_a_gpu_beyond_the_last(having):
    having(1, False)
    with pytest.raises(ValueError, match="cuda:1: PyTorch finds 1 GPU, counted from 0"):
        device_named("cuda:1")
