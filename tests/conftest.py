"""Settings of all tests: few processes, the devices there are."""

import os

# Read by nnU-Net when it is imported, and inherited by the commands that tests start.
os.environ.update(nnUNet_def_n_proc="1", nnUNet_n_proc_DA="0", nnUNet_compile="false")
os.environ.setdefault("OMP_NUM_THREADS", "2")

import pytest


def _devices() -> list[str]:
    import torch

    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with a `device` argument runs on the CPU, and on a GPU where there is one."""
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", _devices())
