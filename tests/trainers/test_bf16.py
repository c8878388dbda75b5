"""Half the precision on a CPU: within the network only, and nobody else sees that."""

import pytest
import torch
from torch import nn


def initialised(make_trainer, name: str):
    torch.manual_seed(0)
    trainer = make_trainer(name)
    trainer.initialize()
    return trainer


def patch(trainer) -> torch.Tensor:
    size = trainer.configuration_manager.patch_size
    return torch.randn(2, 1, *size, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("part", ["ReportUNet", "AttentionUNet", ""])
def test_convolutions_compute_in_bf16_and_outputs_are_float32(make_trainer, part):
    trainer = initialised(make_trainer, f"nnUNetTrainer{part}BF16")
    seen = []
    for module in trainer.network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(lambda _, inputs, output: seen.append(output.dtype))
    outputs = trainer.network(patch(trainer))
    outputs = [outputs] if torch.is_tensor(outputs) else outputs
    assert set(seen) == {torch.bfloat16}
    assert {y.dtype for y in outputs} == {torch.float32}
    assert (len(outputs) > 1) == trainer.enable_deep_supervision


def test_it_is_the_same_network_within_the_precision(make_trainer):
    exact, half = (initialised(make_trainer, f"nnUNetTrainerReportUNet{part}") for part in ("", "BF16"))
    half.network.load_state_dict(exact.network.state_dict())
    with torch.inference_mode():
        a, b = (trainer.network.eval()(patch(trainer)) for trainer in (exact, half))
    assert 0 < (a - b).abs().max() < 0.05 * a.abs().max()


def test_weights_and_gradients_stay_float32_and_learn(make_trainer):
    trainer = make_trainer("nnUNetTrainerSynthSpineReportUNetFocalDiceOneCycleBF16_2x1iter")
    trainer.on_train_start()
    before = {name: p.detach().clone() for name, p in trainer.network.named_parameters()}
    assert torch.isfinite(torch.as_tensor(trainer.train_step(next(trainer.dataloader_train))["loss"]))
    for name, p in trainer.network.named_parameters():
        assert p.dtype == p.grad.dtype == torch.float32
        assert not torch.equal(p, before[name]), name


def test_a_checkpoint_is_that_of_the_network_itself(make_trainer, tmp_path):
    half = initialised(make_trainer, "nnUNetTrainerReportUNetBF16")
    half.save_checkpoint(str(tmp_path / "checkpoint.pth"))
    weights = torch.load(tmp_path / "checkpoint.pth", weights_only=False)["network_weights"]
    exact = initialised(make_trainer, "nnUNetTrainerReportUNet")
    exact.network.load_state_dict(weights, strict=True)
