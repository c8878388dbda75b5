"""One copy of the package, several, and a bare checkout."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import nnunet_spine
from nnunet_spine.doctor import copies
from nnunet_spine.doctor.finding import Status

OK, NOTE, PROBLEM = Status.OK, Status.NOTE, Status.PROBLEM


def make_copy(root: Path) -> Path:
    (root / "nnunet_spine").mkdir(parents=True)
    (root / "nnunet_spine/__init__.py").touch()
    return root


def test_one_copy(statuses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(Path(nnunet_spine.__file__).parents[1])])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert statuses(copies.check_copies()) == [OK]


@pytest.mark.parametrize("by_folder", [True, False], ids=["in the working directory", "on the path"])
def test_another_copy(by_folder: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    other = make_copy(tmp_path / "checkout")
    monkeypatch.chdir(other if by_folder else tmp_path)
    monkeypatch.setattr(sys, "path", [str(Path(nnunet_spine.__file__).parents[1])] + [str(other)] * (not by_folder))
    (finding,) = copies.check_copies()
    assert finding.status is NOTE
    assert str(other / "nnunet_spine") in finding.text
    assert f"run in {other}: pip install -e ." in finding.advice


def test_a_bare_checkout_in_front_of_the_installed_package(statuses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert statuses(copies.check_copies())[0] is PROBLEM
