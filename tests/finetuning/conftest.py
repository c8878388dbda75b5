"""A model trained for a moment on synthetic images, and the data set of another hospital."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnunet_spine.dataset_conversion import convert_spider
from nnunet_spine.finetuning import run as run_module

from ..nnunet_fixtures import DATASET, write_spider

MODEL_TRAINER = "nnUNetTrainerSynthSpineReportUNet_1x2iter"
HOSPITAL = "Dataset008_Hospital"


def train(nnunet_folders: Path, name: str, epochs: int | None = None, folder: str = DATASET) -> object:
    """Train in this process; with a number of epochs, stop after them as if the process had been killed then."""
    import json

    import torch

    from nnunet_spine.trainers import resolve

    plans_name = "nnUNetPlans" if folder == DATASET else "nnUNetPlansFrom007"
    preprocessed = nnunet_folders / "nnUNet_preprocessed" / folder
    plans = json.loads((preprocessed / f"{plans_name}.json").read_text())
    description = json.loads((preprocessed / "dataset.json").read_text())
    trainer = resolve(name)(plans | {"continue_training": True}, "2d", 0, description, torch.device("cpu"))
    output = Path(trainer.output_folder)
    if epochs is not None:
        trainer.load_checkpoint(str(output / "checkpoint_latest.pth"))
        trainer.num_epochs = epochs
    trainer.run_training()
    if epochs is not None:
        (output / "checkpoint_final.pth").rename(output / "checkpoint_latest.pth")
    return trainer


@pytest.fixture(scope="session")
def model(nnunet_folders: Path) -> Path:
    """Folder of the fold of a trained model."""
    return Path(train(nnunet_folders, MODEL_TRAINER).output_folder)


@pytest.fixture(scope="session")
def hospital(nnunet_folders: Path) -> Path:
    """Raw data set that nnU-Net knows nothing of yet."""
    write_spider(nnunet_folders / "hospital", patients=5)
    convert_spider(nnunet_folders / "hospital", 8, "14class", name="Hospital")
    return nnunet_folders / "nnUNet_raw" / HOSPITAL


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Commands that would have been run; none is."""
    seen: list[str] = []
    monkeypatch.setattr(run_module, "run_command", lambda command: seen.append(" ".join(command)))
    return seen
