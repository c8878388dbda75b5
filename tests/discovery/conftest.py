"""Virtual environments to install into: real ones, but the heavy packages are links to those of the running Python."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).with_name("probe.py")
PACKAGES = ("nnunet_spine", "dataset_conversion", "models", "trainers")
SOURCES = (*PACKAGES, "setup.py", "pyproject.toml", "README.md", "LICENSE")
NOT_OURS_TO_SHARE = ("nnunet_spine", "__editable__", "__pycache__")
NO_CACHES = shutil.ignore_patterns("__pycache__", "*.egg-info")


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and the variables that a user of nnU-Net exports."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def site_packages(self) -> Path:
        return next(self.folder.glob("[Ll]ib/**/site-packages"))

    def listing(self) -> set[str]:
        paths = self.folder.rglob("*")
        return {str(path.relative_to(self.folder)) for path in paths if "__pycache__" not in path.parts}

    def run(self, *args: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run this environment's Python with nnU-Net's three variables and those given, and none of this process's."""
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("nnUNet_", "PYTHON"))}
        environ |= {f"nnUNet_{name}": str(self.folder) for name in ("raw", "preprocessed", "results")}
        environ |= variables
        return subprocess.run(
            [self.python, *args], env=environ, cwd=self.folder, capture_output=True, text=True, check=False
        )

    def probe(self, *trainers: str, **variables: str) -> dict:
        """What probe.py tells of these trainers."""
        done = self.run(PROBE, *trainers, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def pip(self, *args: str | Path) -> None:
        """Run pip in this environment, without network."""
        command = [sys.executable, "-m", "pip", "--python", self.python, "--disable-pip-version-check", *args]
        environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def install(self, *args: str | Path) -> None:
        self.pip("install", "--no-index", "--no-deps", "--no-build-isolation", *args)


def make_environment(folder: Path, without: str = "") -> Environment:
    """An environment that has everything the running Python has but this package and, if asked for, another."""
    venv.create(folder / "venv", with_pip=False, symlinks=os.name != "nt")
    environment = Environment(folder / "venv")
    shared = folder / "shared"
    shared.mkdir()
    for site in (Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))):
        for entry in site.iterdir():
            own = entry.name.startswith(NOT_OURS_TO_SHARE) or entry.suffix == ".pth"
            if not own and not (without and entry.name.startswith(without)) and not (shared / entry.name).exists():
                (shared / entry.name).symlink_to(entry)
    if not without and not (shared / "nnunetv2").exists():  # an editable one is not in site-packages
        (shared / "nnunetv2").symlink_to(nnunet_folder())
    (environment.site_packages / "shared.pth").write_text(f"{shared}\n")
    return environment


def nnunet_folder() -> Path:
    return Path(importlib.util.find_spec("nnunetv2").origin).parent


def copy_sources(folder: Path) -> Path:
    """A checkout of this project without anything that a build left behind."""
    folder.mkdir()
    for name in SOURCES:
        source = CHECKOUT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name, **({"ignore": NO_CACHES} if source.is_dir() else {}))
    return folder


def make_nnunet_checkout(folder: Path) -> Path:
    """A checkout of nnunetv2 to be installed in editable mode."""
    shutil.copytree(nnunet_folder(), folder / "nnunetv2", ignore=NO_CACHES)
    (folder / "setup.py").write_text(
        "from setuptools import find_packages, setup\n"
        "setup(name='nnunetv2', version='2.8.1', packages=find_packages(include=['nnunetv2*']))\n"
    )
    return folder


@pytest.fixture(scope="session", autouse=True)
def _tools() -> None:
    missing = [name for name in ("pip", "setuptools", "nnunetv2") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} beside pytest")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment after `pip install .`, its checkout gone."""
    folder = tmp_path_factory.mktemp("installed")
    environment = make_environment(folder)
    environment.install(copy_sources(folder / "checkout"))
    shutil.rmtree(folder / "checkout")
    return environment


@pytest.fixture(scope="session")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment after `pip install -e .`."""
    folder = tmp_path_factory.mktemp("editable")
    environment = make_environment(folder)
    environment.install("--editable", copy_sources(folder / "checkout"))
    return environment


@pytest.fixture(scope="session")
def editable_host(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment where nnunetv2 is an editable install, and this package a regular one."""
    folder = tmp_path_factory.mktemp("editable_host")
    environment = make_environment(folder, without="nnunetv2")
    environment.install("--editable", make_nnunet_checkout(folder / "nnunet"))
    environment.install(copy_sources(folder / "checkout"))
    return environment


@pytest.fixture(scope="session")
def uninstalled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Environment, set[str]]:
    """An environment after `pip install .` and `pip uninstall`, and what was in it before."""
    return _install_and_uninstall(tmp_path_factory.mktemp("uninstalled"))


@pytest.fixture(scope="session")
def uninstalled_editable(tmp_path_factory: pytest.TempPathFactory) -> tuple[Environment, set[str]]:
    """The same after `pip install -e .` and `pip uninstall`."""
    return _install_and_uninstall(tmp_path_factory.mktemp("uninstalled_editable"), "--editable")


def _install_and_uninstall(folder: Path, *options: str) -> tuple[Environment, set[str]]:
    environment = make_environment(folder)
    before = environment.listing()
    environment.install(*options, copy_sources(folder / "checkout"))
    assert environment.listing() > before
    environment.pip("uninstall", "--yes", "nnunet-spine")
    return environment, before
