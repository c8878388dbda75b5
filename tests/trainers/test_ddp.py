"""Two processes train one network: each sees other images, and both end with the same weights."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

WORKER = Path(__file__).with_name("ddp_worker.py")


@pytest.mark.parametrize(
    "name",
    [
        "nnUNetTrainerMixSpineFocalDiceBF16_1x1iter",
        "nnUNetTrainerSynthSpineAttentionUNetSingleOutputBoundary_1x1iter",
        "nnUNetTrainerStrongAugUNetPlusPlusTversky_1x1iter",
    ],
)
@pytest.mark.usefixtures("nnunet_folders")
def test_two_processes_train_one_network(name, tmp_path):
    results = [tmp_path / f"{rank}.pt" for rank in range(2)]
    runs = [
        subprocess.Popen(
            [sys.executable, str(WORKER), str(rank), str(tmp_path / "meeting"), name, str(result)],
            env={**os.environ, "nnUNet_n_proc_DA": "0", "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank, result in enumerate(results)
    ]
    outputs = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], "\n".join(outputs)

    first, second = (torch.load(result) for result in results)
    assert first["trainer"] == second["trainer"] == name
    assert np.isfinite([first["loss"], second["loss"]]).all()
    assert torch.equal(first["weights"], second["weights"])
    assert first["seen"].shape[1:] == second["seen"].shape[1:]
    assert not torch.equal(first["seen"][:1], second["seen"][:1])
