"""The first study's recipe: Adam, a learning rate that falls on plateaus, patch, batch and loss."""

import json
from pathlib import Path

import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from nnunet_spine.losses import DiceCELoss, FocalDiceLoss, OverlapOptions, TargetForm
from nnunet_spine.trainers import resolve
from nnunet_spine.trainers.report import LEARNING_RATE, PlateauSchedule

NAME = "nnUNetTrainerSynthSpineReportUNetReport_2x1iter"
LOSSES = [3.0, 2.0, *[2.5] * 15, 1.0, *[1.5] * 12]


def adam() -> torch.optim.Optimizer:
    return torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


def rate(optimizer: torch.optim.Optimizer) -> float:
    return optimizer.param_groups[0]["lr"]


def test_the_learning_rate_falls_as_torchs_schedule_says():
    optimizer, torchs = adam(), adam()
    schedule = PlateauSchedule(optimizer, 1.0, lambda: LOSSES)
    plateau = ReduceLROnPlateau(torchs)
    for epoch, loss in enumerate(LOSSES):
        schedule.step(epoch)
        assert rate(optimizer) == rate(torchs)
        plateau.step(loss)
    assert rate(optimizer) == pytest.approx(0.01)


def test_a_resumed_run_finds_its_learning_rate_whatever_the_optimizers_was():
    running, resumed = adam(), adam()
    resumed.param_groups[0]["lr"] = 0.1
    for optimizer in (running, resumed):
        PlateauSchedule(optimizer, 1.0, lambda: LOSSES).step(len(LOSSES))
    assert rate(running) == rate(resumed) == pytest.approx(0.01)


def test_a_run_has_the_studys_optimizer_batch_and_patch_and_its_model_says_so(make_trainer):
    trainer = make_trainer(NAME)
    trainer.on_train_start()
    assert type(trainer.optimizer) is torch.optim.Adam
    trainer.on_train_epoch_start()
    assert rate(trainer.optimizer) == LEARNING_RATE
    seen = []
    trainer.network.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].shape))
    trainer.train_step(next(trainer.dataloader_train))
    assert seen == [(4, 1, 256, 256)]
    plans = json.loads((Path(trainer.output_folder_base) / "plans.json").read_text())
    assert plans["configurations"]["2d"]["patch_size"] == [256, 256]
    assert plans["configurations"]["2d"]["batch_size"] == 4


def test_its_loss_is_dice_and_cross_entropy_unless_another_is_named(make_trainer):
    torch.manual_seed(0)
    logits = torch.randn(2, 14, 8, 8)
    target = torch.randint(0, 14, (2, 1, 8, 8))
    for name, expected in (
        ("ReportUNetReport", DiceCELoss),
        ("ReportUNetDiceCEReport", DiceCELoss),
        ("ReportUNetFocalDiceReport", FocalDiceLoss),
    ):
        trainer = make_trainer(f"nnUNetTrainer{name}_1x1iter")
        trainer.initialize()
        form = TargetForm(ignore_label=trainer.label_manager.ignore_label)
        overlap = OverlapOptions(batch_dice=trainer.configuration_manager.batch_dice)
        assert torch.equal(trainer.loss(logits, target), expected(form, overlap)(logits, target))


def test_volumes_are_refused(make_trainer):
    with pytest.raises(NotImplementedError, match="2d, got a plan in 3D"):
        make_trainer(NAME, "3d_fullres")


def test_the_study_as_a_whole_is_one_name():
    names = [base.__name__ for base in resolve("nnUNetTrainerSynthSpinePresetReportReportUNetReport_20epochs").__mro__]
    assert names.index("SynthSpinePresetReport") < names.index("ReportUNet") < names.index("Report")
