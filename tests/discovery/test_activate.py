"""The arithmetic of nnU-Net's variable, and the module that nnU-Net imports from our folder."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from nnunet_spine.discovery import activate

OTHER = "/other/site-packages/nnunet_spine/discovery/ext"


@pytest.mark.parametrize(
    ("before", "others"),
    [
        ([], []),
        ([""], []),
        (["/mine"], ["/mine"]),
        (["/mine", "", " ", "/yours"], ["/mine", "/yours"]),
        ([activate.SHIM_FOLDER], []),
        ([activate.SHIM_FOLDER, "/mine"], ["/mine"]),
        (["/mine", OTHER], ["/mine"]),
        ([OTHER + os.sep, activate.SHIM_FOLDER], []),
        (["/mine/nnunet_spine"], ["/mine/nnunet_spine"]),
    ],
)
def test_our_folder_is_the_last_entry_and_the_only_one_of_its_kind(before: list[str], others: list[str]):
    value = activate.extended(os.pathsep.join(before))
    assert value.split(os.pathsep) == [*others, activate.SHIM_FOLDER]
    assert activate.extended(value) == value


def test_activation_sets_the_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(activate.VARIABLE, "")
    activate.activate()
    assert os.environ[activate.VARIABLE] == activate.SHIM_FOLDER


@pytest.fixture
def shim() -> ModuleType:
    """The module, imported from its file as nnU-Net does."""
    (path,) = Path(activate.SHIM_FOLDER).glob("*.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def trainers(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A stand-in for nnunet_spine.trainers that knows one name."""
    module = ModuleType("nnunet_spine.trainers")
    known = {"nnUNetTrainerKnown": type("nnUNetTrainerKnown", (), {})}

    def resolve(name: str) -> type:
        if name not in known:
            raise AttributeError(name)
        return known[name]

    module.resolve = resolve
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_the_shim_hands_over_our_trainers_and_no_others(shim: ModuleType, trainers: ModuleType):
    assert shim.nnUNetTrainerKnown is trainers.resolve("nnUNetTrainerKnown")
    assert not hasattr(shim, "nnUNetTrainerUnknown")


def test_the_shim_imports_nothing_for_other_names(shim: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shim, "_trainers", lambda: pytest.fail("imported the trainers"))
    assert not hasattr(shim, "SomethingElse")


def _failing_with(error: Exception):
    def import_module(name: str) -> ModuleType:
        raise error

    return import_module


def test_the_shim_is_empty_where_the_package_is_not_installed(shim: ModuleType, monkeypatch: pytest.MonkeyPatch):
    missing = ModuleNotFoundError("No module named 'nnunet_spine'", name="nnunet_spine")
    monkeypatch.setattr(importlib, "import_module", _failing_with(missing))
    assert not hasattr(shim, "nnUNetTrainerKnown")


@pytest.mark.parametrize(
    "fault",
    [
        ModuleNotFoundError("No module named 'nnunet_spine.trainers'", name="nnunet_spine.trainers"),
        ModuleNotFoundError("No module named 'something'", name="something"),
        ImportError("cannot import name"),
        AttributeError("module 'torch' has no attribute 'something'"),
    ],
)
def test_a_fault_in_our_trainers_is_not_hidden(shim: ModuleType, monkeypatch: pytest.MonkeyPatch, fault: Exception):
    monkeypatch.setattr(importlib, "import_module", _failing_with(fault))
    with pytest.raises(ImportError, match=str(fault)):
        hasattr(shim, "nnUNetTrainerKnown")
