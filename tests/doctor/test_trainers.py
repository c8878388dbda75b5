"""Discovery in place or not, and what nnU-Net finds."""

from __future__ import annotations

import os
import site
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from nnunet_spine.discovery.activate import SHIM_FOLDER, VARIABLE
from nnunet_spine.doctor import trainers
from nnunet_spine.doctor.finding import Status

OK, NOTE, PROBLEM = Status.OK, Status.NOTE, Status.PROBLEM


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder whose startup files Python reads; it has ours."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / trainers.STARTUP_FILE).touch()
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(folder)])
    monkeypatch.setattr(site, "ENABLE_USER_SITE", False)
    monkeypatch.setenv(VARIABLE, SHIM_FOLDER)
    return folder


def test_startup_in_order(statuses, site_packages: Path):
    assert statuses(trainers.check_startup()) == [OK]


def test_variable_set_by_hand(statuses, site_packages: Path):
    (site_packages / trainers.STARTUP_FILE).unlink()
    assert statuses(trainers.check_startup()) == [NOTE]


def test_no_startup_file(site_packages: Path, monkeypatch: pytest.MonkeyPatch):
    (site_packages / trainers.STARTUP_FILE).unlink()
    monkeypatch.delenv(VARIABLE)
    (finding,) = trainers.check_startup()
    assert finding.status is PROBLEM
    assert f'export {VARIABLE}="{SHIM_FOLDER}"' in finding.advice


@pytest.mark.parametrize(("no_site", "words"), [(True, "without -S"), (False, "--force-reinstall")])
def test_startup_file_without_effect(no_site: bool, words: str, site_packages: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setattr(sys, "flags", SimpleNamespace(no_site=no_site))
    (finding,) = trainers.check_startup()
    assert finding.status is PROBLEM
    assert words in finding.advice


def test_a_users_own_folders(statuses, site_packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    good, project = tmp_path / "mine", tmp_path / "project"
    good.mkdir()
    project.mkdir()
    (project / "setup.py").touch()
    entries = [good, tmp_path / "gone", project, site_packages, SHIM_FOLDER]
    monkeypatch.setenv(VARIABLE, os.pathsep.join(map(str, entries)))
    assert statuses(trainers.check_startup()) == [OK, OK, NOTE, PROBLEM, PROBLEM]


def pretend_search(monkeypatch: pytest.MonkeyPatch, outcome: type | Exception) -> None:
    def search(name: str) -> type:
        print("Inspecting module: the_last_one")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    module = ModuleType("nnunetv2.utilities.find_objects")
    module.recursive_find_trainer_class_by_name = search
    for name in ("nnunetv2", "nnunetv2.utilities"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.parametrize(("home", "status"), [("nnunet_spine.trainers", OK), ("my_trainers", NOTE)])
def test_a_trainer_that_is_found(statuses, home: str, status: Status, monkeypatch: pytest.MonkeyPatch, capsys):
    pretend_search(monkeypatch, type(trainers.TRAINER, (), {"__module__": home}))
    assert statuses(trainers.check_trainers()) == [status]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("error", [RuntimeError("Could not find"), ImportError("no module x"), AssertionError("class")])
def test_a_trainer_that_is_not_found(error: Exception, monkeypatch: pytest.MonkeyPatch):
    pretend_search(monkeypatch, error)
    (finding,) = trainers.check_trainers()
    assert finding.status is PROBLEM
    assert str(error) in finding.text
    assert "the_last_one" in finding.advice
