from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnunet_spine.comparison.reading.collect import Collection
from nnunet_spine.comparison.reading.curves import COLUMNS, read_curve, training_curves

from .example import make_results

MOMENT = "2026-01-02 03:04:05.678901: "


def epoch(number: int, loss: float = 0.5, dice: str = "np.float32(0.8), np.float32(0.6)", finished: bool = True) -> str:
    lines = [" ", f"Epoch {number} ", "Current learning rate: 0.001 "]
    if finished:
        lines += [f"train_loss {loss} ", f"val_loss {-loss} ", f"Pseudo dice [{dice}] ", "Epoch time: 16.91 s "]
        lines += ["Yayy! New best EMA pseudo Dice: 0.46939998865127563 "]
    return "".join(f"{MOMENT}{line}\n" for line in lines)


def write_log(folder: Path, text: str, moment: str = "2026_1_2_03_04_05") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"training_log_{moment}.txt").write_text("\n####\nPlease cite Epoch 7 \n" + text)


def test_every_value_of_an_epoch_is_read(tmp_path: Path):
    write_log(tmp_path, epoch(0) + epoch(1, loss=-0.25) + f"{MOMENT}Training done. \n")
    curve = read_curve(tmp_path)
    assert list(curve) == [*COLUMNS, "pseudo_dice_1", "pseudo_dice_2"]
    np.testing.assert_allclose(curve.iloc[0], [0, 0.001, 0.5, -0.5, 0.7, 16.91, 0.8, 0.6])
    np.testing.assert_allclose(curve["train_loss"], [0.5, -0.25])


@pytest.mark.parametrize("dice", ["0.8, nan, 0.6", "np.float32(0.8), np.float32(nan), np.float64(0.6)"])
def test_a_class_without_voxels_is_no_zero(tmp_path: Path, dice: str):
    write_log(tmp_path, epoch(0, dice=dice))
    curve = read_curve(tmp_path)
    assert curve["pseudo_dice"][0] == pytest.approx(0.7)
    classes = curve[["pseudo_dice_1", "pseudo_dice_2", "pseudo_dice_3"]].iloc[0]
    np.testing.assert_array_equal(classes.isna(), np.isnan([float(x) for x in re.findall(r"nan|\d\.\d", dice)]))


def test_tiny_rates_and_losses_that_are_not_finite_are_numbers(tmp_path: Path):
    text = epoch(0).replace("0.001", "1e-05").replace("train_loss 0.5", "train_loss nan").replace("-0.5", "inf")
    write_log(tmp_path, text)
    curve = read_curve(tmp_path)
    assert curve["learning_rate"][0] == 1e-5
    assert np.isnan(curve["train_loss"][0])
    assert np.isinf(curve["val_loss"][0])


def test_logs_of_a_continued_training_are_joined_in_the_order_of_time(tmp_path: Path):
    # By name, October would come before September.
    write_log(tmp_path, "".join(epoch(k, loss=1) for k in range(4)) + epoch(4, finished=False), "2026_9_30_23_59_59")
    write_log(tmp_path, "".join(epoch(k, loss=2) for k in range(2, 6)), "2026_10_1_00_10_00")
    curve = read_curve(tmp_path)
    assert list(curve["epoch"]) == [0, 1, 2, 3, 4, 5]
    assert list(curve["train_loss"]) == [1, 1, 2, 2, 2, 2]


def test_a_training_that_was_begun_anew_leaves_nothing_of_the_old_one(tmp_path: Path):
    write_log(tmp_path, "".join(epoch(k, loss=1) for k in range(9)), "2026_1_1_00_00_00")
    write_log(tmp_path, epoch(0, loss=2) + epoch(1, finished=False), "2026_1_2_00_00_00")
    assert list(read_curve(tmp_path)["train_loss"]) == [2]


def test_a_log_that_ends_before_the_first_epoch_changes_nothing(tmp_path: Path):
    write_log(tmp_path, epoch(0), "2026_1_1_00_00_00")
    write_log(tmp_path, "", "2026_1_2_00_00_00")
    assert list(read_curve(tmp_path)["epoch"]) == [0]


def test_a_folder_without_logs_has_an_empty_curve(tmp_path: Path):
    curve = read_curve(tmp_path / "fold_0")
    assert curve.empty
    assert list(curve) == COLUMNS


def test_curves_of_all_models_that_runs_name(tmp_path: Path, collected: Callable[..., Collection]):
    for arm, fold in (("Real", 0), ("Real", 1), ("Synth", 0)):
        write_log(tmp_path / arm / f"fold_{fold}", epoch(0) + epoch(1))
    real, synth, mix = (make_results(arm, fold=fold) for arm, fold in (("Real", "0, 1"), ("Synth", "0"), ("Mix", "0")))
    named = [replace(one, run=replace(one.run, model=str(tmp_path / one.run.arm))) for one in (real, synth, mix)]
    again = replace(named[0], run=replace(named[0].run, condition="noise", level=1.0))
    curves = training_curves(collected(*named, again))
    assert [*curves.groupby(["arm", "fold"]).size().items()] == [
        (("Real", "0"), 2),
        (("Real", "1"), 2),
        (("Synth", "0"), 2),
    ]


def test_runs_without_a_model_have_no_curves(full: Collection):
    assert training_curves(full).empty
