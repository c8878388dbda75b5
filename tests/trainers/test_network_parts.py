"""Parts that change the network: it is built along the plan, and targets and weights of the loss fit its outputs."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager
from torch import nn

from nnunet_spine.trainers import resolve
from nnunet_spine.trainers.names import KINDS

PARTS = [*KINDS["network"]]
SUPERVISED = ["AttentionUNet", "UNetPlusPlus"]


def configuration(patch_size: tuple[int, ...], strides: list, **more: object) -> ConfigurationManager:
    kernels = {"kernel_sizes": [[3] * len(patch_size)] * len(strides)}
    kwargs = {"strides": strides, **kernels, **more}
    return ConfigurationManager(
        {"patch_size": patch_size, "architecture": {"network_class_name": "a.Network", "arch_kwargs": kwargs}}
    )


def build(part: str, manager: ConfigurationManager, supervised: bool = False) -> nn.Module:
    """As nnU-Net's predictor does, on the class."""
    return resolve(f"nnUNetTrainer{part}").build_network_architecture(None, manager, 1, 2, supervised)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("patch_size", "strides"),
    [
        ((12, 8), [[1, 1], [2, 2], [2, 1]]),
        ((128, 64), [[1, 1]] + [[2, 2]] * 6),
        ((4, 16, 16), [[1, 1, 1], [1, 2, 2], [2, 2, 2], [1, 2, 2]]),
    ],
)
def test_a_patch_of_a_plan_fits(part, patch_size, strides):
    network = build(part, configuration(patch_size, strides)).eval()
    with torch.inference_mode():
        assert network(torch.zeros(1, 1, *patch_size)).shape == (1, 2, *patch_size)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("manager", "what"),
    [
        (configuration((20, 32), [[1, 1]] + [[2, 2]] * 4), r"patch_size of the plan: .*\(16, 16\), got \(20, 32\)"),
        (configuration((8, 8), [[1, 1]] + [[2, 2]] * 5), r"patch_size of the plan: .*got \(8, 8\)"),
        (configuration((32, 32), [[2, 2]] * 4), "architecture of the plan: .*1 at the finest"),
        (configuration((32, 32), [[1, 1], [2, 2]], kernel_sizes=[[3, 3], [2, 2]]), "architecture of the plan: .*odd"),
        (
            ConfigurationManager({"architecture": {"network_class_name": "a.Primus", "arch_kwargs": {"depth": 3}}}),
            "expected a plan for a U-Net, got one for a.Primus without kernel_sizes, strides",
        ),
    ],
)
def test_a_plan_that_no_network_can_follow_is_refused(part, manager, what):
    with pytest.raises(ValueError, match=what):
        build(part, manager)


@pytest.mark.parametrize("part", SUPERVISED)
@pytest.mark.parametrize("name", ["2d", "3d_fullres"])
def test_targets_and_weights_fit_the_outputs(make_trainer, part, name):
    trainer = make_trainer(f"nnUNetTrainer{part}_2x1iter", name)
    trainer.on_train_start()
    batch = next(trainer.dataloader_train)
    outputs = trainer.network(batch["data"])
    assert [o.shape[2:] for o in outputs] == [t.shape[2:] for t in batch["target"]]
    assert len(trainer.loss.weight_factors) == len(outputs) == 4
    assert sum(trainer.loss.weight_factors) == pytest.approx(1)


def test_nested_outputs_count_alike_in_any_loss(make_trainer):
    for loss in ("", *KINDS["loss"]):
        trainer = make_trainer(f"nnUNetTrainerUNetPlusPlus{loss}")
        trainer.initialize()
        assert trainer.loss.weight_factors == (0.25,) * 4


def test_nested_outputs_all_learn(make_trainer):
    trainer = make_trainer("nnUNetTrainerUNetPlusPlus_2x1iter")
    trainer.on_train_start()
    trainer.train_step(next(trainer.dataloader_train))
    assert all(p.grad is not None for p in trainer.network.parameters())


@pytest.mark.parametrize("part", ["", "AttentionUNet", "UNetPlusPlus", "ReportUNet"])
def test_without_deep_supervision_all_that_learns_gets_a_gradient(make_trainer, part):
    """Or torch waits for it in distributed training; nnU-Net's own network too."""
    trainer = make_trainer(f"nnUNetTrainerSynthSpine{part}SingleOutput_2x1iter")
    trainer.on_train_start()
    before = copy.deepcopy(trainer.network.state_dict())
    assert np.isfinite(trainer.train_step(next(trainer.dataloader_train))["loss"])
    assert not isinstance(trainer.loss, DeepSupervisionWrapper)
    assert all((p.grad is not None) == p.requires_grad for p in trainer.network.parameters())
    unused = [name for name, p in trainer.network.named_parameters() if not p.requires_grad]
    assert all(".seg_layers." in name for name in unused)
    assert all(torch.equal(before[name], trainer.network.state_dict()[name]) for name in unused)


def test_without_deep_supervision_it_stays_off_behind_the_validation(make_trainer):
    """nnU-Net ends its validation by switching it on."""
    trainer = make_trainer("nnUNetTrainerModifiedUNet")
    trainer.initialize()
    trainer.set_deep_supervision_enabled(True)
    assert torch.is_tensor(trainer.network.eval()(torch.zeros(1, 1, *trainer.configuration_manager.patch_size)))


def test_weights_without_deep_supervision_are_those_with_it(make_trainer):
    single, several = (make_trainer(f"nnUNetTrainerAttentionUNet{part}") for part in ("SingleOutput", ""))
    for trainer in (single, several):
        trainer.initialize()
    several.network.load_state_dict(single.network.state_dict(), strict=True)
