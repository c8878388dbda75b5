"""Versions in and out of range, and commands of another environment."""

from __future__ import annotations

import json
import shutil
import sys
from importlib import metadata
from pathlib import Path

import pytest

from nnunet_spine.doctor import versions
from nnunet_spine.doctor.finding import Status

OK, NOTE, PROBLEM = Status.OK, Status.NOTE, Status.PROBLEM


class FakeDistribution:
    def __init__(self, version: str, origin: dict | None = None):
        self.version = version
        self.origin = origin

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return None if self.origin is None else json.dumps(self.origin)


def pretend_installed(monkeypatch: pytest.MonkeyPatch, found: FakeDistribution | None) -> None:
    def distribution(name: str) -> FakeDistribution:
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(metadata, "distribution", distribution)


def test_python_is_named():
    assert sys.executable in next(versions.check_python()).text


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("2.8", OK),
        ("2.8.1", OK),
        ("2.10", OK),
        ("2.7.9", PROBLEM),
        ("3.0", PROBLEM),
        ("3.0.0rc1", PROBLEM),
        ("?", PROBLEM),
    ],
)
def test_nnunet_in_and_out_of_range(statuses, version: str, status: Status, monkeypatch: pytest.MonkeyPatch):
    pretend_installed(monkeypatch, FakeDistribution(version))
    assert statuses(versions.check_nnunet()) == [status]


@pytest.mark.parametrize("check", [versions.check_nnunet, versions.check_this_package])
def test_not_installed(statuses, check, monkeypatch: pytest.MonkeyPatch):
    pretend_installed(monkeypatch, None)
    assert statuses(check()) == [PROBLEM]


@pytest.mark.parametrize("check", [versions.check_nnunet, versions.check_this_package])
@pytest.mark.parametrize(
    ("origin", "editable"),
    [(None, False), ({"dir_info": {}}, False), ({"dir_info": {"editable": True}}, True)],
)
def test_an_editable_install_is_told(check, origin: dict | None, editable: bool, monkeypatch: pytest.MonkeyPatch):
    pretend_installed(monkeypatch, FakeDistribution("2.8.1", origin))
    assert next(check()).text.endswith("editable") == editable


def test_torch_that_cannot_be_imported(statuses, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert statuses(versions.check_torch()) == [PROBLEM]


@pytest.mark.parametrize(
    ("found", "status"),
    [(Path(sys.executable).with_name("nnUNetv2_train"), OK), (Path("/elsewhere/nnUNetv2_train"), NOTE), (None, NOTE)],
)
def test_commands_of_this_and_another_environment(
    statuses, found: Path | None, status: Status, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shutil, "which", lambda command: found and str(found))
    assert statuses(versions.check_commands()) == [status]
