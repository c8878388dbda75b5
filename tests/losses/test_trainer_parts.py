"""The loss that a trainer has: form of the target, options of the plan, deep supervision, place in the run."""

from __future__ import annotations

import pytest
import torch
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_spine.losses import (
    BoundaryLoss,
    DiceCELoss,
    FocalDiceLoss,
    FocalTverskyLoss,
    OverlapOptions,
    RebalancedLoss,
    TargetForm,
    TverskyLoss,
)

PARTS = {
    "FocalDice": FocalDiceLoss,
    "DiceCE": DiceCELoss,
    "Tversky": TverskyLoss,
    "FocalTversky": FocalTverskyLoss,
    "Boundary": RebalancedLoss,
}
REGIONS = {"background": 0, "spine": list(range(1, 14)), "canal": [13], "ignore": 14}


def outputs_of(trainer: nnUNetTrainer) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Random logits and targets of every output of deep supervision."""
    rng = torch.Generator().manual_seed(0)
    heads, manager = trainer.label_manager.num_segmentation_heads, trainer.label_manager
    logits, targets = [], []
    for scale in trainer._get_deep_supervision_scales():
        size = [round(n * s) for n, s in zip(trainer.configuration_manager.patch_size, scale, strict=True)]
        logits.append(torch.randn(2, heads, *size, generator=rng, requires_grad=True))
        if manager.has_regions:
            targets.append(torch.rand(2, heads + 1, *size, generator=rng) < 0.3)
        else:
            targets.append(torch.randint(0, heads + 1, (2, 1, *size), generator=rng).to(torch.int16))
    return logits, targets


@pytest.fixture(params=PARTS)
def part(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.parametrize("batch_dice", [False, True])
@pytest.mark.parametrize("changes", [{}, {"labels": REGIONS, "regions_class_order": [1, 2]}], ids=["labels", "regions"])
def test_the_loss_is_that_of_the_part_in_nnunets_deep_supervision(make_trainer, part, changes, batch_dice):
    plan = {"batch_dice": batch_dice}
    trainer = make_trainer(f"nnUNetTrainer{part}", plan_changes=plan, **changes)
    built, nnunets = trainer._build_loss(), nnUNetTrainer._build_loss(trainer)
    assert isinstance(built, DeepSupervisionWrapper)
    assert built.weight_factors == nnunets.weight_factors
    assert type(built.loss) is PARTS[part]
    assert built.loss.form == TargetForm(regions=bool(changes), ignore_label=14)
    options = {module.overlap for module in built.modules() if hasattr(module, "overlap")}
    assert options == {OverlapOptions(batch_dice=batch_dice, background=part in ("Tversky", "FocalTversky"))}

    logits, targets = outputs_of(trainer)
    loss = built(logits, targets)
    weighted = zip(built.weight_factors, logits, targets, strict=True)
    torch.testing.assert_close(loss, sum(weight * built.loss(x, y) for weight, x, y in weighted))
    loss.backward()
    for weight, output in zip(built.weight_factors, logits, strict=True):
        assert (output.grad is None) == (weight == 0)
        assert weight == 0 or output.grad.isfinite().all()


def test_without_deep_supervision_it_is_the_loss_itself(make_trainer, part):
    trainer = make_trainer(f"nnUNetTrainerReportUNet{part}")
    assert type(trainer._build_loss()) is PARTS[part]


def test_in_several_processes_batch_dice_is_that_of_all(make_trainer):
    trainer = make_trainer("nnUNetTrainerDiceCE", plan_changes={"batch_dice": True})
    trainer.is_ddp = True
    assert trainer._build_loss().loss.losses[0].overlap == OverlapOptions(batch_dice=True, ddp=True)


@pytest.mark.parametrize("configuration", ["2d", "3d_fullres"])
def test_distances_are_those_of_the_plan(make_trainer, configuration):
    trainer = make_trainer("nnUNetTrainerBoundary", configuration)
    (boundary,) = (module for module in trainer._build_loss().modules() if isinstance(module, BoundaryLoss))
    assert boundary.patch_size == tuple(trainer.configuration_manager.patch_size)
    assert boundary.spacing == {"2d": (1.0, 1.0), "3d_fullres": (4.0, 1.0, 1.0)}[configuration]


@pytest.mark.parametrize("network", ["", "ReportUNet"])
def test_the_share_of_the_boundary_loss_follows_from_the_epoch(make_trainer, network):
    """So that a run that is resumed goes on where it was."""
    trainer = make_trainer(f"nnUNetTrainer{network}Boundary_50x1iter")
    trainer.initialize()
    (loss,) = (module for module in trainer.loss.modules() if isinstance(module, RebalancedLoss))
    for epoch, share in ((0, 0.01), (7, 0.08), (49, 0.5)):
        trainer.current_epoch = epoch
        trainer.logger.local_logger.my_fantastic_logging["lrs"] = [0.0] * epoch
        trainer.on_train_epoch_start()
        assert loss.weights == (pytest.approx(1 - share), pytest.approx(share))


def test_a_run_of_one_epoch_has_the_first_share(make_trainer):
    trainer = make_trainer("nnUNetTrainerBoundary_1x1iter")
    trainer.initialize()
    (loss,) = (module for module in trainer.loss.modules() if isinstance(module, RebalancedLoss))
    loss.set_progress(1)
    trainer.on_train_epoch_start()
    assert loss.weights == (0.99, 0.01)
