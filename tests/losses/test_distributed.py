from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from . import processes


@pytest.mark.skipif(not torch.distributed.is_gloo_available(), reason="torch without gloo")
def test_two_processes_have_the_gradient_of_one_with_the_whole_batch(tmp_path):
    """Of unequal shares too, as nnU-Net deals them out."""
    model, (images, labels) = processes.network(), processes.batch()
    value = processes.loss(ddp=False)(model(images), labels)
    value.backward()
    expected = [value.detach(), *(parameter.grad for parameter in model.parameters())]

    outputs = [tmp_path / f"{rank}.pt" for rank in range(processes.PROCESSES)]
    commands = [
        [sys.executable, processes.__file__, str(rank), str(tmp_path / "rendezvous"), "3,1", str(output)]
        for rank, output in enumerate(outputs)
    ]
    variables = {**os.environ, "OMP_NUM_THREADS": "1"}
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=variables) for command in commands]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    for output in outputs:
        torch.testing.assert_close(torch.load(Path(output)), expected)
