"""Trainers train, resume and predict on a small data set with ignore label that nnU-Net planned itself."""

import re
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch

from nnunet_spine.dataset_conversion import prepare_inputs
from nnunet_spine.trainers import resolve

from .conftest import CONVENTIONS, DATASET, blocks, command, save

SHORT = "_2x2iter"
WHOLE_NAMES = {"background": 0, "spine": list(range(1, 14)), "canal": [13], "ignore": 14}


@pytest.mark.parametrize(
    ("name", "configuration"),
    [
        ("nnUNetTrainerSynthSpine", "2d"),
        ("nnUNetTrainerSynthSpine", "3d_fullres"),
        ("nnUNetTrainerSynthSpineReportUNetOneCycle", "2d"),
        ("nnUNetTrainerRealSpineReportUNet", "3d_fullres"),
    ],
)
def test_a_trainer_trains(make_trainer, name, configuration):
    trainer = make_trainer(name + SHORT, configuration)
    trainer.run_training()
    losses = trainer.logger.get_value("train_losses", step=None)
    assert len(losses) == 2
    assert np.isfinite(losses).all()
    assert (Path(trainer.output_folder) / "checkpoint_final.pth").exists()


def test_training_on_regions_works_with_an_ignore_label(make_trainer):
    trainer = make_trainer("nnUNetTrainerSynthSpine" + SHORT, labels=WHOLE_NAMES, regions_class_order=[1, 2])
    trainer.on_train_start()
    result = trainer.train_step(next(trainer.dataloader_train))
    assert np.isfinite(result["loss"])


def test_the_network_learns_from_synthetic_images(make_trainer):
    """Thirty steps on one batch of label maps bring the loss down."""
    torch.manual_seed(0)
    trainer = make_trainer("nnUNetTrainerSynthSpineReportUNet" + SHORT)
    trainer.on_train_start()
    batch = next(trainer.dataloader_train)
    losses = [float(trainer.train_step(dict(batch))["loss"]) for _ in range(30)]
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 0.2


def test_the_network_never_sees_the_real_image(make_trainer):
    """The same random numbers make the same image of a real one of three times the contrast, others another one."""
    seen = []
    trainer = make_trainer("nnUNetTrainerSynthSpineReportUNet" + SHORT)
    trainer.on_train_start()
    trainer.network.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].clone()))
    batch = next(trainer.dataloader_train)
    for seed, contrast in ((7, 1), (7, 3), (8, 1)):
        trainer.synthesis_rng.manual_seed(seed)
        trainer.train_step({**batch, "data": contrast * batch["data"]})
    first, again, other = seen
    assert first.shape[2:] == tuple(trainer.configuration_manager.patch_size)
    assert ((first - again).abs() > 1e-2).float().mean() < 0.01
    assert not torch.allclose(first, other, atol=0.1)


def test_validation_is_on_real_images(make_trainer):
    seen = []
    trainer = make_trainer("nnUNetTrainerSynthSpineReportUNet" + SHORT)
    trainer.on_train_start()
    trainer.network.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].clone()))
    batch = next(trainer.dataloader_val)
    trainer.validation_step(batch)
    assert torch.equal(seen[0], batch["data"])


@pytest.mark.parametrize("name", ["nnUNetTrainerSynthSpine", "nnUNetTrainerRealSpine", "nnUNetTrainerMixSpine"])
@pytest.mark.parametrize(("configuration", "axes"), [("2d", None), ("3d_fullres", (0,))])
def test_a_spine_is_never_turned_upside_down(make_trainer, name, configuration, axes):
    for patch in ([16, 16, 16], [4, 32, 32], [4, 48, 16]):
        plan = {"patch_size": patch[-len(make_trainer(name, configuration).configuration_manager.patch_size) :]}
        trainer = make_trainer(name + SHORT, configuration, plan)
        rotation, *_, mirror_axes = trainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size()
        assert mirror_axes == trainer.inference_allowed_mirroring_axes == axes
        assert np.degrees(np.abs(rotation)).max() <= 30


@pytest.mark.parametrize(("axes", "seen"), [(None, {"as it was"}), ((0,), {"as it was", "mirrored"})])
def test_the_loader_mirrors_what_is_to_be_synthesised(axes, seen):
    np.random.seed(0)
    torch.manual_seed(0)
    transforms = resolve("nnUNetTrainerSynthSpine").get_training_transforms((4, 4, 4), None, None, axes, False)
    labels = torch.arange(64, dtype=torch.int16).reshape(1, 4, 4, 4)
    outcomes = {tuple(labels.flatten().tolist()): "as it was", tuple(labels.flip(1).flatten().tolist()): "mirrored"}
    made = [transforms(image=labels.float(), segmentation=labels.clone())["segmentation"] for _ in range(40)]
    assert {outcomes[tuple(sample.flatten().tolist())] for sample in made} == seen


def test_what_cannot_be_synthesised_is_refused(make_trainer):
    name = "nnUNetTrainerSynthSpine"
    with pytest.raises(NotImplementedError, match="1 channel"):
        make_trainer(name, channel_names={"0": "T1", "1": "T2"})
    with pytest.raises(NotImplementedError, match="CTNormalization"):
        make_trainer(name, plan_changes={"normalization_schemes": ["CTNormalization"]})
    with pytest.raises(NotImplementedError, match="cascade"):
        make_trainer(name, "3d_fullres", plan_changes={"previous_stage": "2d"})


@pytest.mark.parametrize("recipe", ["OneCycle", "MuonCycleBF16"])
def test_a_stopped_run_goes_on_where_it_was(make_trainer, recipe):
    name = f"nnUNetTrainerSynthSpineReportUNet{recipe}_3x2iter"
    trainer = make_trainer(name)
    trainer.num_epochs = 1
    trainer.run_training()
    folder = Path(trainer.output_folder)
    (folder / "checkpoint_final.pth").rename(folder / "checkpoint_latest.pth")
    command(f"nnUNetv2_train 7 2d 0 -tr {name} -device cpu --c")
    log = max(folder.glob("training_log_*.txt"), key=lambda file: file.stat().st_mtime).read_text()
    assert [int(epoch) for epoch in re.findall(r"Epoch (\d+)", log)] == [1, 2]
    assert torch.load(folder / "checkpoint_final.pth", weights_only=False)["current_epoch"] == 3


def test_the_stock_commands_train_validate_and_predict(nnunet_folders, tmp_path):
    trainer = "nnUNetTrainerSynthSpineReportUNet_1x2iter"
    command(f"nnUNetv2_train 7 2d 0 -tr {trainer} -device cpu")
    fold = nnunet_folders / "nnUNet_results" / DATASET / f"{trainer}__nnUNetPlans__2d" / "fold_0"
    assert (fold / "validation" / "summary.json").exists()

    image, _ = blocks(9)
    for codes, floor in CONVENTIONS:
        save(tmp_path / "scans" / f"{codes}.mha", image + floor, codes)
    inputs = prepare_inputs(tmp_path / "scans", tmp_path / "in")
    command(
        f"nnUNetv2_predict -i {tmp_path / 'in'} -o {tmp_path / 'out'} -tr {trainer} -d 7 -c 2d -f 0 -device cpu -npp 1 "
        "-nps 1"
    )
    # The same anatomy in SPIDER's two conventions: the same answer, each in its own source's geometry.
    answers = [nibabel.load(tmp_path / "out" / f"{codes}.nii.gz") for codes, _ in CONVENTIONS]
    for answer, source, (codes, _) in zip(answers, inputs, CONVENTIONS, strict=True):
        assert "".join(nibabel.aff2axcodes(answer.affine)) == codes
        assert answer.shape == nibabel.load(source).shape
        np.testing.assert_allclose(answer.affine, nibabel.load(source).affine, atol=1e-4)
    first, second = (nibabel.as_closest_canonical(answer) for answer in answers)
    assert first.shape == image.shape
    np.testing.assert_allclose(first.affine, second.affine, atol=1e-4)
    assert np.array_equal(first.dataobj, second.dataobj)
    assert len(np.unique(first.dataobj)) > 1, "an answer of background alone would show nothing"
