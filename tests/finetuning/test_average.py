"""Laws of averaged weights, and the files they are written to."""

from pathlib import Path

import pytest
import torch

from nnunet_spine.cli import main
from nnunet_spine.finetuning import average_checkpoints, average_weights
from nnunet_spine.finetuning.average import factor_of


def network(seed: int, width: int = 3) -> torch.nn.Module:
    torch.manual_seed(seed)
    made = torch.nn.Sequential(torch.nn.Conv2d(1, width, 3), torch.nn.BatchNorm2d(width))
    for _ in range(seed):
        made(torch.randn(4, 1, 8, 8))
    return made


def weights(seed: int, width: int = 3) -> dict[str, torch.Tensor]:
    return network(seed, width).state_dict()


def save(path: Path, seed: int, width: int = 3) -> Path:
    content = {
        "network_weights": weights(seed, width),
        "trainer_name": "nnUNetTrainer",
        "init_args": {"configuration": "2d"},
        "current_epoch": seed,
    }
    torch.save(content, path)
    return path


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_the_ends_are_the_weights_before_and_after():
    before, after = weights(1), weights(2)
    count = "1.num_batches_tracked"
    assert same(average_weights(before, after, 1), after)
    assert same(average_weights(before, after, 0), before | {count: after[count]})


def test_the_middle_is_the_mean_of_weights_and_of_statistics():
    before, after = weights(1), weights(2)
    middle = average_weights(before, after, 0.5)
    for key in ("0.weight", "0.bias", "1.weight", "1.running_mean", "1.running_var"):
        torch.testing.assert_close(middle[key], (before[key] + after[key]) / 2)
    assert middle["1.num_batches_tracked"] == 2


def test_weights_that_training_left_alone_stay_as_they_are():
    assert same(average_weights(weights(1), weights(1), 0.3), weights(1))


def test_averaging_changes_neither_of_the_two():
    before, after = weights(1), weights(2)
    average_weights(before, after, 0.5)["1.num_batches_tracked"] += 1
    assert same(before, weights(1))
    assert same(after, weights(2))


@pytest.mark.parametrize("factor", [-0.1, 1.1, float("nan")])
def test_a_factor_is_a_share(factor: float):
    with pytest.raises(ValueError, match="from 0"):
        average_weights(weights(1), weights(2), factor)


def test_two_networks_have_no_average():
    with pytest.raises(ValueError, match=r"0.bias: \(3,\) in the first, \(4,\) in the second"):
        average_weights(weights(1), weights(2, width=4), 0.5)
    with pytest.raises(ValueError, match=r"0\.bias: only the second has it"):
        average_weights({}, weights(2), 0.5)


def test_the_file_is_the_checkpoint_after_with_other_weights(tmp_path: Path):
    before, after = save(tmp_path / "a.pth", 1), save(tmp_path / "b.pth", 2)
    average_checkpoints(before, after, 0.25, tmp_path / "c.pth")
    content = torch.load(tmp_path / "c.pth", weights_only=False)
    assert content["current_epoch"] == 2
    assert content["init_args"]["configuration"] == "2d"
    assert same(content["network_weights"], average_weights(weights(1), weights(2), 0.25))
    assert factor_of(tmp_path / "c.pth") == 0.25
    assert factor_of(after) is None


def test_the_command_names_the_file_by_its_factor_and_replaces_no_other_checkpoint(tmp_path: Path, capsys):
    before, after = save(tmp_path / "a.pth", 1), save(tmp_path / "checkpoint_final.pth", 2)
    for _ in range(2):
        assert main(["average", str(before), str(after), "--factor", "0.3"]) == 0
    assert factor_of(tmp_path / "checkpoint_averaged_0.3.pth") == 0.3
    assert main(["average", str(before), str(after), "--output", str(after)]) == 2
    assert "holds no averaged weights" in capsys.readouterr().err
    assert factor_of(after) is None


@pytest.mark.parametrize("content", [b"", b"no checkpoint", None])
def test_what_is_no_checkpoint_is_refused_and_nothing_is_written(content: bytes | None, tmp_path: Path, capsys):
    before, after = save(tmp_path / "a.pth", 1), tmp_path / "b.pth"
    if content is None:
        torch.save({"state_dict": {}}, after)
    else:
        after.write_bytes(content)
    assert main(["average", str(before), str(after)]) == 2
    assert "b.pth: expected a checkpoint of nnU-Net" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == [before, after]


def test_other_networks_are_named_with_their_files(tmp_path: Path, capsys):
    before, after = save(tmp_path / "a.pth", 1), save(tmp_path / "b.pth", 2, width=4)
    assert main(["average", str(before), str(after)]) == 2
    assert f"{before} and {after}: expected the weights of one network" in capsys.readouterr().err
