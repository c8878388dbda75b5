"""The command line as a whole: quick help, exit codes, and that every subcommand is wired."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from nnunet_spine import __version__
from nnunet_spine.cli import COMMANDS, doctor, main

HELP = "import sys; from nnunet_spine.cli import main; main(['--help'])"
HEAVY = ("torch", "numpy", "scipy", "matplotlib", "pandas", "nibabel", "SimpleITK", "nnunetv2")


def test_help_comes_in_half_a_second():
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", HELP], check=True, capture_output=True)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.5


def test_help_imports_nothing_heavy():
    code = f"import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); {HELP}"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "nnunet_spine.cli.doctor" in done.stderr.split()
    assert not {name.split(".")[0] for name in done.stderr.split()} & set(HEAVY)
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert f"nnunet-spine {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"nnunet-spine {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["doctor", "--nonsense"]])
def test_a_wrong_command_line_ends_with_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: nnunet-spine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("outcome", "code", "message"),
    [
        (None, 0, ""),
        (3, 3, ""),
        (ValueError("expected this, got that"), 2, "nnunet-spine doctor: error: expected this, got that\n"),
        (NotImplementedError("the recipe is for 2d"), 2, "nnunet-spine doctor: error: the recipe is for 2d\n"),
        (
            FileNotFoundError(2, "No such file or directory", "/proc/x"),
            2,
            "nnunet-spine doctor: error: No such file or directory: /proc/x\n",
        ),
        (OSError("the disk is full"), 2, "nnunet-spine doctor: error: the disk is full\n"),
        (KeyboardInterrupt(), 130, "nnunet-spine doctor: interrupted\n"),
    ],
)
def test_exit_codes(outcome, code: int, message: str, monkeypatch: pytest.MonkeyPatch, capsys):
    def run(args: object) -> int | None:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(doctor, "run", run)
    assert main(["doctor"]) == code
    assert capsys.readouterr().err == message


def test_a_reader_that_went_away_is_no_wrong_input(monkeypatch: pytest.MonkeyPatch):
    def run(args: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(doctor, "run", run)
    with pytest.raises(BrokenPipeError):
        main(["doctor"])
