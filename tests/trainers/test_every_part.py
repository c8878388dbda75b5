"""Every part trains, goes on where it was stopped, and predicts, in the combinations that its name allows."""

from __future__ import annotations

from collections.abc import Iterator
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
    "ModifiedUNetFocalDice",
    "AttentionUNetTversky",
    "SynthSpineReportUNetReport",
]
REGIONS = {"labels": {"background": 0, "spine": [*range(1, 14)], "canal": [13], "ignore": 14}}


@pytest.fixture(autouse=True)
def _no_figure_of_every_epoch(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(LocalLogger, "plot_progress_png", lambda *args: None)


@pytest.fixture(scope="module")
def priors(nnunet_folders: Path) -> Iterator[None]:
    """What `SynthSpineFitted` expects in the data set, which other tests share."""
    written = fit_dataset(nnunet_folders / "nnUNet_raw" / DATASET)
    yield
    for file in written.parent.glob(f"{written.stem}.*"):
        file.unlink()


def rate(trainer: object) -> float:
    return trainer.optimizer.param_groups[0]["lr"]


def stop_after_one_epoch(trainer: object) -> tuple[str, float]:
    """Train one epoch of several, as a run that was killed then; gives its checkpoint, and the next learning rate."""
    trainer.on_train_start()
    trainer.on_epoch_start()
    trainer.on_train_epoch_start()
    trainer.on_train_epoch_end([trainer.train_step(next(trainer.dataloader_train))])
    with torch.no_grad():
        trainer.on_validation_epoch_start()
        trainer.on_validation_epoch_end([trainer.validation_step(next(trainer.dataloader_val))])
    trainer.on_epoch_end()
    checkpoint = f"{trainer.output_folder}/checkpoint_latest.pth"
    trainer.current_epoch -= 1  # as nnU-Net counts where it saves
    trainer.save_checkpoint(checkpoint)
    trainer.current_epoch += 1
    trainer.on_train_epoch_start()
    return checkpoint, rate(trainer)


@pytest.mark.parametrize("part", NAMES)
@pytest.mark.usefixtures("priors")
def test_a_part_trains_resumes_and_predicts(part, make_trainer):
    name = f"{PREFIX}{part}_2x1iter"
    checkpoint, next_rate = stop_after_one_epoch(make_trainer(name, plan_changes=FEW))

    trainer = make_trainer(name, plan_changes=FEW)
    trainer.load_checkpoint(checkpoint)
    assert trainer.current_epoch == 1
    trainer.run_training()
    losses = trainer.logger.get_value("train_losses", step=None)
    assert len(losses) == 2
    assert np.isfinite(losses).all()
    assert trainer.logger.get_value("lrs", step=None)[1] == next_rate

    predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(trainer.output_folder_base, (0,))
    image = torch.randn(1, 3, 40, 50, generator=torch.Generator().manual_seed(0))
    logits = predictor.predict_logits_from_preprocessed_data(image)
    assert logits.shape == (trainer.label_manager.num_segmentation_heads, *image.shape[1:])
    assert logits.isfinite().all()


@pytest.mark.parametrize("loss", KINDS["loss"])
@pytest.mark.parametrize("configuration", ["2d", "3d_fullres"])
def test_a_loss_trains_with_deep_supervision_on_regions_with_an_ignore_label(loss, configuration, make_trainer):
    name = f"{PREFIX}MixSpineAttentionUNet{loss}_1x1iter"
    trainer = make_trainer(name, configuration, FEW, **REGIONS, regions_class_order=[1, 2])
    trainer.on_train_start()
    trainer.on_train_epoch_start()
    before = [weight.clone() for weight in trainer.network.parameters()]
    assert np.isfinite(trainer.train_step(next(trainer.dataloader_train))["loss"])
    assert any(not torch.equal(old, new) for old, new in zip(before, trainer.network.parameters(), strict=True))
    with torch.no_grad():
        assert np.isfinite(trainer.validation_step(next(trainer.dataloader_val))["loss"])


@pytest.mark.parametrize("name", [f"{part}FocalDice" for part in ("", *KINDS["network"])])
def test_the_second_stage_of_a_cascade_has_the_labels_of_the_first_as_channels(name, make_trainer):
    trainer = make_trainer(f"{PREFIX}{name}_1x1iter", "3d_fullres", {"previous_stage": "2d"})
    trainer.initialize()
    channels = 1 + len(trainer.label_manager.foreground_labels)
    patch = torch.zeros(2, channels, *trainer.configuration_manager.patch_size)
    with torch.no_grad():
        outputs = trainer.network(patch)
    first = outputs[0] if trainer.enable_deep_supervision else outputs
    assert first.shape == (2, trainer.label_manager.num_segmentation_heads, *patch.shape[2:])
