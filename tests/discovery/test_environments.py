"""nnU-Net finds the trainers in real environments, however they are installed; uninstalling leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

OURS = "nnUNetTrainerSynthSpine"
SHORT = "nnUNetTrainerReportUNet_2x3iter"
NNUNETS = "nnUNetTrainer_5epochs"
USERS = "nnUNetTrainerOfTheUser"
UNKNOWN = "nnUNetTrainerWhichNobodyWrote"
NOT_FOUND = "RuntimeError: Could not find requested nnunet trainer "


@pytest.fixture(scope="session")
def users_trainers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's own folder of trainers, one of which has the name of one of ours."""
    folder = tmp_path_factory.mktemp("users_trainers")
    (folder / "my_trainers.py").write_text(
        "from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer\n"
        f"class {USERS}(nnUNetTrainer): ...\n"
        f"class {SHORT}(nnUNetTrainer): ...\n"
    )
    return folder


@pytest.fixture(scope="session", params=["installed", "editable", "editable_host"])
def report(request: pytest.FixtureRequest, users_trainers: Path) -> dict:
    environment = request.getfixturevalue(request.param)
    return environment.probe(OURS, SHORT, NNUNETS, USERS, UNKNOWN, nnUNet_extTrainer=str(users_trainers))


def test_our_trainers_are_found(report):
    assert report["found"][OURS] == f"nnunet_spine.trainers.{OURS}"


def test_nnunets_own_are_found(report):
    assert report["found"][NNUNETS].startswith("nnunetv2.training.nnUNetTrainer.")


def test_a_users_own_are_found_and_come_first(report):
    assert report["found"][USERS] == f"my_trainers.{USERS}"
    assert report["found"][SHORT] == f"my_trainers.{SHORT}"


def test_an_unknown_name_gives_nnunets_own_error(report):
    assert report["found"][UNKNOWN].startswith(NOT_FOUND + UNKNOWN)


def test_a_class_survives_pickling_in_a_spawned_worker(report):
    assert report["survives_a_worker"]


def test_help_of_training_works(report):
    assert report["help"].startswith("usage: nnUNetv2_train")


def test_the_doctor_is_content(report):
    assert not [finding for finding in report["doctor"] if finding["status"] == "PROBLEM"]
    in_place = {finding["topic"] for finding in report["doctor"] if finding["status"] == "OK"}
    assert in_place >= {"nnunet-spine", "nnunetv2", "torch", "copies", "discovery", "trainers"}


def test_the_doctor_tells_an_editable_install(installed, editable):
    code = "from nnunet_spine.doctor.versions import check_this_package as c; print(*c())"
    assert "editable" not in installed.run("-c", code).stdout
    assert "editable" in editable.run("-c", code).stdout


def test_an_editable_nnunet_stays_a_regular_package(editable_host):
    """It would turn into a namespace package if this package put files into nnU-Net's tree."""
    done = editable_host.run("-c", "import nnunetv2; print(nnunetv2.__file__)")
    assert Path(done.stdout.strip()).parts[-3:] == ("nnunet", "nnunetv2", "__init__.py")


def test_uninstalling_leaves_nothing_behind(uninstalled, installed):
    """Not even where a parent process passes on the variable, with folders that are gone or of another environment."""
    environment, before = uninstalled
    assert environment.listing() == before
    inherited = installed.run("-c", "import os; print(os.environ['nnUNet_extTrainer'])").stdout.strip()
    gone = str(environment.site_packages / "nnunet_spine/discovery/ext")
    assert Path(inherited).is_dir()
    report = environment.probe(OURS, NNUNETS, nnUNet_extTrainer=os.pathsep.join([gone, inherited]))
    assert report["found"][OURS].startswith(NOT_FOUND + OURS)
    assert report["found"][NNUNETS].startswith("nnunetv2.training.nnUNetTrainer.")


def test_uninstalling_an_editable_install_leaves_nothing_behind(uninstalled_editable):
    environment, before = uninstalled_editable
    assert environment.listing() == before
