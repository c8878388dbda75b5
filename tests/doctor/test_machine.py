"""GPUs and memory."""

from __future__ import annotations

import shutil
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import pytest

from nnunet_spine.doctor import folders, machine
from nnunet_spine.doctor.finding import Status

OK, NOTE = Status.OK, Status.NOTE


Usage = namedtuple("Usage", "total used free")


def pretend_torch(
    monkeypatch: pytest.MonkeyPatch, gpus: int = 0, mps: bool = False, built_for: str | None = None
) -> None:
    gpu = SimpleNamespace(name="A GPU", total_memory=24 * folders.GIB)
    cuda = SimpleNamespace(
        is_available=lambda: gpus > 0, device_count=lambda: gpus, get_device_properties=lambda index: gpu
    )
    backends = SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps))
    fake = SimpleNamespace(cuda=cuda, backends=backends, version=SimpleNamespace(cuda=built_for))
    monkeypatch.setitem(sys.modules, "torch", fake)


def test_gpus(monkeypatch: pytest.MonkeyPatch):
    pretend_torch(monkeypatch, gpus=2)
    assert [finding.text for finding in machine.check_device()] == [
        "cuda:0 A GPU, 24 GiB",
        "cuda:1 A GPU, 24 GiB",
    ]


def test_an_apple_gpu(statuses, monkeypatch: pytest.MonkeyPatch):
    pretend_torch(monkeypatch, mps=True)
    assert statuses(machine.check_device()) == [OK]


def test_no_torch(statuses, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert statuses(machine.check_device()) == []


@pytest.mark.parametrize(("built_for", "words"), [("13.0", "for CUDA 13.0"), (None, "without CUDA")])
def test_no_gpu(built_for: str | None, words: str, monkeypatch: pytest.MonkeyPatch):
    pretend_torch(monkeypatch, built_for=built_for)
    (finding,) = machine.check_device()
    assert finding.status is NOTE
    assert words in finding.text
    assert "-device cpu" in finding.advice


@pytest.mark.parametrize(
    ("memory_gib", "shared_mib", "expected"),
    [(32, 8192, [OK]), (4, 8192, [NOTE]), (None, 8192, [OK]), (32, 64, [OK, NOTE])],
)
def test_memory(statuses, memory_gib, shared_mib, expected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine, "_total_memory_gib", lambda: memory_gib)
    monkeypatch.setattr(machine, "SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(shared_mib * 2**20, 0, 0))
    assert statuses(machine.check_memory()) == expected
