"""Settings of all tests: few processes and threads, the devices there are."""

import locale
import os
from collections.abc import Iterator

# Read by nnU-Net when it is imported, and inherited by the commands that tests start.
os.environ.update(nnUNet_def_n_proc="1", nnUNet_n_proc_DA="0", nnUNet_compile="false")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from .nnunet_fixtures import make_trainer, nnunet_folders, untrained_fold

__all__ = ["make_trainer", "nnunet_folders", "untrained_fold"]


def _devices() -> list[str]:
    import torch

    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with a `device` argument runs on the CPU, and on a GPU where there is one."""
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", _devices())


@pytest.fixture(autouse=True)
def _same_locale() -> Iterator[None]:
    """ITK's DICOM writer leaves the process in the C locale, in which nothing but ASCII can be read."""
    before = locale.setlocale(locale.LC_ALL)
    yield
    locale.setlocale(locale.LC_ALL, before)
