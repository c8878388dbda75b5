"""Every state of the three folders, and of their disks."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from nnunet_spine.doctor import folders
from nnunet_spine.doctor.finding import Status

OK, NOTE, PROBLEM = Status.OK, Status.NOTE, Status.PROBLEM


Usage = namedtuple("Usage", "total used free")


def test_folders_in_order(statuses, nnunet_folders: Path):
    assert statuses(folders.check_folders()) == [OK] * 3


@pytest.mark.parametrize("variable", folders.VARIABLES)
@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set(variable: str, value: str | None, nnunet_folders, monkeypatch: pytest.MonkeyPatch):
    if value is None:
        monkeypatch.delenv(variable)
    else:
        monkeypatch.setenv(variable, value)
    (finding,) = (finding for finding in folders.check_folders() if finding.status is not OK)
    assert (finding.status, finding.topic) == (PROBLEM, variable)
    assert f"export {variable}=" in finding.advice


@pytest.mark.parametrize(
    ("value", "status", "words"),
    [
        ("{tmp}/new", NOTE, "mkdir"),
        ("{tmp}/not/mounted", PROBLEM, "not mounted"),
        ("~/data", PROBLEM, "$HOME"),
        ("{tmp}/file", PROBLEM, "folder"),
        ("nnUNet_raw", NOTE, "full path"),
    ],
)
def test_a_variable_that_leads_nowhere(value, status, words, nnunet_folders, monkeypatch: pytest.MonkeyPatch):
    (nnunet_folders / "file").touch()
    monkeypatch.chdir(nnunet_folders)
    monkeypatch.setenv("nnUNet_raw", value.format(tmp=nnunet_folders))
    finding = next(folders.check_folders())
    assert finding.status is status
    assert words in finding.advice


def test_folders_that_are_read_only(statuses, nnunet_folders: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert statuses(folders.check_folders()) == [NOTE, PROBLEM, PROBLEM]


@pytest.mark.parametrize(("free_gib", "status"), [(100, OK), (5, NOTE), (0.5, PROBLEM)])
def test_space(statuses, free_gib: float, status: Status, nnunet_folders: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, free_gib * folders.GIB))
    assert statuses(folders.check_space()) == [status]


def test_space_where_a_folder_is_missing(statuses, nnunet_folders: Path, monkeypatch: pytest.MonkeyPatch):
    for variable in folders.VARIABLES:
        monkeypatch.delenv(variable)
    assert statuses(folders.check_space()) == []
    monkeypatch.setenv("nnUNet_raw", str(nnunet_folders / "not/there"))
    assert folders.nearest_existing(nnunet_folders / "not/there") == nnunet_folders
    assert len(statuses(folders.check_space())) == 1
