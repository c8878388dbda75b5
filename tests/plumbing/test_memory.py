"""Memory is that of the container, where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnunet_spine.plumbing import memory


def test_the_least_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "cgroup").write_text("0::/a/b\n")
    monkeypatch.setattr(memory, "_OF_PROCESS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path)
    monkeypatch.setattr(memory, "_of_machine", lambda: 1000)
    assert memory.memory_bytes() == 1000
    (tmp_path / "a/b/memory.max").write_text("max\n")
    (tmp_path / "a/memory.max").write_text("600\n")
    assert memory.memory_bytes() == 600
    (tmp_path / "cgroup").unlink()
    assert memory.memory_bytes() == 1000
