"""Every part trains, goes on where it was stopped, and predicts, in the combinations that its name allows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.training.logging.nnunet_logger import LocalLogger

from nnunet_spine.priors.dataset import fit_dataset
from nnunet_spine.trainers.names import KINDS, PREFIX

from .conftest import DATASET

SMALL = "ReportUNet"
FEW = {"batch_size": 2}
NAMES = [
    *KINDS["data"],
    *KINDS["network"],
    *KINDS["supervision"],
    *(SMALL + part for kind in ("loss", "recipe") for part in KINDS[kind]),
]


@pytest.fixture(autouse=True)
def _no_figure_of_every_epoch(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(LocalLogger, "plot_progress_png", lambda *args: None)


@pytest.fixture(scope="session")
def priors(nnunet_folders: Path) -> None:
    """What `SynthSpineFitted` expects in the data set."""
    fit_dataset(nnunet_folders / "nnUNet_raw" / DATASET)


def stop_after_one_epoch(trainer: object) -> str:
    """Train one epoch of several, as far as a run that was killed then; gives its checkpoint."""
    trainer.on_train_start()
    trainer.on_epoch_start()
    trainer.on_train_epoch_start()
    trainer.on_train_epoch_end([trainer.train_step(next(trainer.dataloader_train))])
    with torch.no_grad():
        trainer.on_validation_epoch_start()
        trainer.on_validation_epoch_end([trainer.validation_step(next(trainer.dataloader_val))])
    trainer.on_epoch_end()
    return f"{trainer.output_folder}/checkpoint_best.pth"


@pytest.mark.parametrize("part", NAMES)
@pytest.mark.usefixtures("priors")
def test_a_part_trains_resumes_and_predicts(part, make_trainer):
    name = f"{PREFIX}{part}_2x1iter"
    checkpoint = stop_after_one_epoch(make_trainer(name, plan_changes=FEW))

    trainer = make_trainer(name, plan_changes=FEW)
    trainer.load_checkpoint(checkpoint)
    assert trainer.current_epoch == 1
    trainer.run_training()
    losses = trainer.logger.get_value("train_losses", step=None)
    assert len(losses) == 2
    assert np.isfinite(losses).all()

    predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(trainer.output_folder_base, (0,))
    image = torch.randn(1, 3, 40, 50, generator=torch.Generator().manual_seed(0))
    logits = predictor.predict_logits_from_preprocessed_data(image)
    assert logits.shape == (trainer.label_manager.num_segmentation_heads, *image.shape[1:])
    assert logits.isfinite().all()
