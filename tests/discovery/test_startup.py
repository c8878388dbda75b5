"""What the startup file does to a Python that starts: one variable, no noise, and never a failure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PRINT_VARIABLE = "import os; print(os.environ.get('nnUNet_extTrainer'))"
PRINT_OURS = "import sys; print(*sorted(name for name in sys.modules if 'nnunet' in name))"


def test_the_variable_names_a_folder_with_one_module(installed):
    folder = Path(installed.run("-c", PRINT_VARIABLE).stdout.strip())
    assert folder.is_relative_to(installed.site_packages)
    assert [path.name for path in folder.glob("*.py")] == ["nnunet_spine_trainers.py"]


def test_the_startup_file_comes_after_the_one_that_makes_an_editable_install_importable(editable):
    names = sorted(path.name for path in editable.site_packages.glob("*.pth") if "spine" in path.name)
    assert len(names) == 2
    assert names[-1] == "nnunet_spine.pth"
    assert Path(editable.run("-c", PRINT_VARIABLE).stdout.strip()).is_relative_to(editable.folder.parent / "checkout")


def test_a_child_process_inherits_it_once(installed):
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PRINT_VARIABLE!r}])"
    once = installed.run("-c", PRINT_VARIABLE, nnUNet_extTrainer="/users/own").stdout
    assert once.startswith(f"/users/own{os.pathsep}")
    assert installed.run("-c", child, nnUNet_extTrainer="/users/own").stdout == once


def test_the_folder_of_another_environment_is_replaced(installed, editable):
    other = editable.run("-c", PRINT_VARIABLE).stdout.strip()
    own = installed.run("-c", PRINT_VARIABLE).stdout
    assert installed.run("-c", PRINT_VARIABLE, nnUNet_extTrainer=other).stdout == own


def test_starting_python_imports_next_to_nothing(installed):
    modules = installed.run("-c", PRINT_OURS).stdout.split()
    assert modules == ["nnunet_spine", "nnunet_spine.discovery", "nnunet_spine.discovery.activate"]


@pytest.mark.parametrize("options", [["-S"], ["-I"], ["-E"], ["-s"], ["-W", "error"], ["-O"]])
def test_python_starts_quietly_with_options(installed, options):
    done = installed.run(*options, "-c", "print('works')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "works\n", "")


@pytest.mark.parametrize("fault", ["raise RuntimeError('broken')", "this is no Python", "import nowhere"])
def test_python_starts_quietly_with_a_broken_package(installed, fault):
    """The fault lies in the activated module itself, which is put right again afterwards."""
    module = installed.site_packages / "nnunet_spine/discovery/activate.py"
    whole = module.read_text()
    try:
        module.write_text(fault)
        done = installed.run("-B", "-c", "print('works')")
    finally:
        module.write_text(whole)
    assert (done.returncode, done.stdout, done.stderr) == (0, "works\n", "")


def test_python_starts_quietly_without_the_checkout_of_an_editable_install(editable):
    checkout = editable.folder.parent / "checkout"
    moved = checkout.rename(checkout.with_name("moved"))
    try:
        done = editable.run("-c", PRINT_VARIABLE)
    finally:
        moved.rename(checkout)
    assert (done.returncode, done.stdout, done.stderr) == (0, "None\n", "")
