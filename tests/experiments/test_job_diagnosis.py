"""One clear line for why a command failed."""

from __future__ import annotations

import errno

import pytest

from nnunet_spine.experiments.job.diagnosis import diagnose, diagnose_error

TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\n'


@pytest.mark.parametrize(
    ("code", "output", "cause"),
    [
        (1, TRACEBACK + "torch.OutOfMemoryError: CUDA out of memory.", "the GPU ran out of memory"),
        (1, TRACEBACK + "OSError: [Errno 28] No space left on device: '/data/x.b2nd'", "no space left on the disk"),
        (1, "RuntimeError: PytorchStreamWriter failed writing file data/0", "no space left on the disk"),
        (1, "RuntimeError: No CUDA GPUs are available", "a GPU was wanted"),
        (1, "RuntimeError: unable to open shared memory object </torch_1> in read-write mode", "no shared memory"),
        (1, "RuntimeError: One or more background workers are no longer alive. Exiting.", "the machine ran out"),
        (1, "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 9 GiB for an array", "the machine ran out"),
        (-9, "Epoch 3", "killed, most often by the system for lack of memory"),
        (137, "", "killed, most often by the system for lack of memory"),
        (-15, "Epoch 3", "told to end from outside"),
        (143, "Epoch 3", "told to end from outside"),
        (2, "a line\nnnunet-spine convert: error: no such folder\n", "nnunet-spine convert: error: no such folder"),
        (1, TRACEBACK + "KeyError: 'a'\nExiting.\n", "KeyError: 'a' (exit code 1)"),
        (3, "only words\n\n", "only words (exit code 3)"),
        (
            2,
            "nnunet-spine evaluate: error: a.jsonl cannot be written: 2 problems\n  7_t1: no prediction\n  8_t1: no\n",
            "nnunet-spine evaluate: error: a.jsonl cannot be written: 2 problems 7_t1: no prediction (exit code 2)",
        ),
        (-11, "", "ended by SIGSEGV, nothing printed"),
        (1, "", "exit code 1, nothing printed"),
    ],
)  # fmt: skip
def test_causes(code: int, output: str, cause: str):
    assert diagnose(code, output).startswith(cause)


def test_a_cause_is_one_line_of_bounded_length():
    cause = diagnose(1, "ValueError: " + "x" * 10_000 + "\nmore")
    assert len(cause) < 350
    assert "\n" not in cause


def test_an_epoch_that_names_an_error_in_passing_is_no_error():
    assert diagnose(1, "mean surface error 3.2 mm\nstopped here").startswith("stopped here")


def test_errors_of_the_file_system():
    assert diagnose_error(OSError(errno.ENOSPC, "No space")).startswith("no space left on the disk")
    assert diagnose_error(OSError(errno.EDQUOT, "Quota")).startswith("no space left on the disk")
    assert diagnose_error(PermissionError(errno.EACCES, "Permission denied", "/a")) == "Permission denied: /a"
