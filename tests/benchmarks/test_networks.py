"""The benchmark of networks: its command on a tiny patch, and that it measures what it says."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn


def test_command_writes_every_network(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    from networks import main

    figures_file = tmp_path / "figures.json"
    main(["--patch", "16", "24", "--steps", "1", "--batch", "1", "--seconds", "0.1", "--json", str(figures_file)])
    rows = {row["name"]: row for row in json.loads(figures_file.read_text())["rows"]}
    assert len(rows) == 14
    assert sum(name.endswith(", BF16") for name in rows) == 7
    assert all(row["step_ms"] > 0 and row["peak_mib"] * 2**20 > 12 * row["parameters"] for row in rows.values())
    outputs = {name: row["outputs"] for name, row in rows.items()}
    assert (outputs["ReportUNet"], outputs["UNetPlusPlus"], outputs["AttentionUNet"]) == (1, 4, 4)
    printed = capsys.readouterr().out
    assert all(f"| {name} |" in printed for name in rows)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--patch 16", "expected 2 or 3 sizes"),
        ("--patch 16 16 --spacing 1", "as many spacings"),
        ("--batch 0", "at least 1"),
        ("--patch 8 8", "expected a patch that nnU-Net pools twice, of 16 voxels or more, got 8x8 spaced 1.0x1.0"),
        ("--patch 2 2", "got 2x2"),
        ("--patch 8 8 8 --spacing 4 1 1", "got 8x8x8 spaced 4.0x1.0x1.0"),
        ("--device tpu", "invalid choice"),
    ],
)
def test_what_cannot_be_measured_is_refused(words: str, expected: str, capsys: pytest.CaptureFixture) -> None:
    from networks import main

    with pytest.raises(SystemExit, match="2"):
        main(words.split())
    assert expected in capsys.readouterr().err


def test_planned_networks_are_those_of_nnunet() -> None:
    """320x256 at equal spacing: seven stages; the widths stop at 512."""
    from _networks.plan import plan_for

    plan = plan_for((320, 256), (1.0, 1.0))
    assert plan.patch == (320, 256)
    assert plan.topology.factors[-1] == (64, 64)
    with torch.device("meta"):
        plain, residual = plan.plain(1, 4), plan.residual(1, 4)
    assert [stage[0].convs[0].conv.out_channels for stage in plain.encoder.stages] == [32, 64, 128, 256, *[512] * 3]
    assert [len(stage.blocks) for stage in residual.encoder.stages] == [1, 3, 4, *[6] * 4]


def test_a_patch_of_thick_slices_is_planned_flat_at_first() -> None:
    """Four times as thick: within the slice only, until voxels are nearly cubes; the patch grows to what is pooled."""
    from _networks.contenders import contenders
    from _networks.plan import plan_for

    plan = plan_for((15, 128, 100), (4.0, 1.0, 1.0))
    assert plan.topology.strides[:4] == ((1, 1, 1), (1, 2, 2), (1, 2, 2), (2, 2, 2))
    assert plan.topology.kernel_sizes[0] == (1, 3, 3)
    assert plan.patch == (16, 128, 112)
    with torch.device("meta"):
        outputs = [contender.make()(torch.zeros(2, 1, *plan.patch)) for contender in contenders(plan, 3, "cuda")]
    assert {tuple((o[0] if isinstance(o, list) else o).shape) for o in outputs} == {(2, 3, 16, 128, 112)}


def test_peak_counts_weights_momentum_gradients_and_activations() -> None:
    """One convolution of kernel 1: its output of 3 maps has to be there when the loss is made of it."""
    from _networks.memory import peak_bytes
    from _networks.step import TrainingStep

    def make() -> TrainingStep:
        return TrainingStep(nn.Conv2d(1, 3, 1), (64, 64), 2, 3, False)

    assert make().held_bytes() == 4 * 6 + (4 + 2) * 2 * 64 * 64
    assert peak_bytes(make, "cpu") > make().held_bytes() + 4 * 3 * 2 * 64 * 64


def test_a_step_learns() -> None:
    from _networks.step import TrainingStep

    step = TrainingStep(nn.Conv2d(1, 3, 1), (8, 8), 2, 3, False)
    before = step.network.weight.clone()
    step()
    assert not torch.equal(step.network.weight, before)
