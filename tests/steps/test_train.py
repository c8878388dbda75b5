"""Trainings with a seed: what repeats, what goes on, and what is not done twice."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from nnunet_spine.finetuning.checkpoints import epoch_to_go_on_with, read_checkpoint
from nnunet_spine.steps import train
from nnunet_spine.steps.seeds import seed_everything

from ..nnunet_fixtures import DATASET

TRAINER = "nnUNetTrainerMixSpineReportUNet_2x2iter"
"""Draws from all generators: loads and augments real images, and synthesises others."""


@pytest.fixture
def results(nnunet_folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a fold; nothing is validated, which would start processes."""
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    def validate(trainer: nnUNetTrainer, *args: object) -> None:
        Path(trainer.output_folder, "validation").mkdir()
        Path(trainer.output_folder, "validation/summary.json").write_text("{}")

    monkeypatch.setattr(nnUNetTrainer, "perform_actual_validation", validate)
    monkeypatch.setattr(train, "end_forks_with_this_process", lambda: None)  # it would hold for all other tests too
    return tmp_path


def trained(results: Path, name: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    monkeypatch.setenv("nnUNet_results", str(results / name))
    torch.rand(seed + 3)  # whatever was drawn before
    threads = torch.get_num_threads()
    train.main(["7", "2d", "0", "-tr", TRAINER, "--seed", str(seed), "--threads", "1", "-device", "cpu"])
    torch.set_num_threads(threads)
    return read_checkpoint(fold(results / name) / "checkpoint_final.pth")["network_weights"]


def fold(results: Path) -> Path:
    return results / DATASET / f"{TRAINER}__nnUNetPlans__2d" / "fold_0"


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[key], second[key]) for key in first)


def test_a_seed_repeats_a_training_without_workers_on_the_cpu(results: Path, monkeypatch: pytest.MonkeyPatch):
    one, again = (trained(results, name, 1, monkeypatch) for name in ("one", "again"))
    assert same(one, again)
    assert not same(one, trained(results, "other", 2, monkeypatch))


def test_a_training_that_is_done_is_not_touched(results: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    trained(results, "one", 1, monkeypatch)
    files = {path: path.stat().st_mtime_ns for path in fold(results / "one").rglob("*")}
    trained(results, "one", 1, monkeypatch)
    assert {path: path.stat().st_mtime_ns for path in fold(results / "one").rglob("*")} == files
    assert "trained and validated before" in capsys.readouterr().out


def test_a_training_that_was_stopped_goes_on(results: Path, monkeypatch: pytest.MonkeyPatch):
    trained(results, "one", 1, monkeypatch)
    folder = fold(results / "one")
    content = read_checkpoint(folder / "checkpoint_final.pth")
    for path in (folder / "validation/summary.json", folder / "validation", folder / "checkpoint_best.pth"):
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
    (folder / "checkpoint_final.pth").unlink()
    torch.save({**content, "current_epoch": 1}, folder / "checkpoint_latest.pth")
    trained(results, "one", 1, monkeypatch)
    (log,) = [path for path in folder.glob("training_log*") if "Epoch 0" not in path.read_text()]
    assert "Epoch 1" in log.read_text()


def test_a_checkpoint_that_was_not_written_to_its_end_is_passed_over(tmp_path: Path, capsys):
    good = {"network_weights": {}, "trainer_name": "a", "init_args": {}, "current_epoch": 7}
    torch.save(good, tmp_path / "checkpoint_best.pth")
    whole = (tmp_path / "checkpoint_best.pth").read_bytes()
    (tmp_path / "checkpoint_latest.pth").write_bytes(whole[: len(whole) // 2])
    assert epoch_to_go_on_with(tmp_path) == 7
    assert (tmp_path / "checkpoint_latest.pth.broken").exists()
    assert "checkpoint_latest.pth.broken" in capsys.readouterr().out
    assert epoch_to_go_on_with(tmp_path / "nothing") is None


def drawn(seed: int, epoch: int) -> tuple[float, float, float]:
    seed_everything(seed, epoch)
    return random.random(), np.random.random(), float(torch.rand(()))


def test_every_seed_and_epoch_has_numbers_of_its_own():
    assert drawn(1, 0) == drawn(1, 0)
    numbers = [number for pair in ((1, 0), (0, 1), (1, 1), (0, 0)) for number in drawn(*pair)]
    assert len(set(numbers)) == len(numbers)
