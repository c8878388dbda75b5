"""Most of what the network is trained on is real, the rest synthetic."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
import torch
from batchgeneratorsv2.transforms.spatial.mirroring import MirrorTransform
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_spine.trainers import resolve
from nnunet_spine.training.mixing import RealOrRaw

NAME = "nnUNetTrainerMixSpine_2x2iter"
WHOLE_NAMES = {"background": 0, "spine": list(range(1, 14)), "canal": [13], "ignore": 14}


def start(make_trainer, *args, **kwargs):
    trainer = make_trainer(NAME, *args, **kwargs)
    trainer.on_train_start()
    return trainer


@pytest.mark.parametrize("configuration", ["2d", "3d_fullres"])
def test_it_trains_on_both_kinds(make_trainer, configuration):
    np.random.seed(0)
    trainer = start(make_trainer, configuration)
    mixing_of(trainer).real_share = 0.5
    kinds, losses = [], []
    for _ in range(3):
        batch = next(trainer.dataloader_train)
        assert batch["target"].shape[1] == 2
        kinds += batch["target"][:, 1].flatten(1)[:, 0].tolist()
        losses.append(trainer.train_step(batch)["loss"])
    assert set(kinds) == {0, 1}
    assert np.isfinite(losses).all()


def test_real_samples_reach_the_network_as_nnunet_augments_them(make_trainer):
    trainer, seen = start(make_trainer), []
    trainer.network.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].clone()))
    patch = tuple(trainer.configuration_manager.patch_size)
    transforms = mixing_of(trainer)
    transforms.real_share = 1.0
    batch = next(trainer.dataloader_train)
    trainer.train_step(batch)
    assert seen[0].shape[2:] == patch
    margin = [(have - want) // 2 for have, want in zip(batch["data"].shape[2:], patch, strict=True)]
    middle = (..., *(slice(start, start + want) for start, want in zip(margin, patch, strict=True)))
    assert torch.equal(seen[0], batch["data"][middle])
    assert batch["data"][middle].abs().sum() == pytest.approx(float(batch["data"].abs().sum()), rel=1e-5)


@pytest.mark.parametrize("configuration", ["2d", "3d_fullres"])
def test_real_samples_are_augmented_as_nnunet_does_it_but_mirrored_by_anatomy(make_trainer, configuration):
    """The same random numbers make the same sample; what nnU-Net would do next, regions and scales, is done later."""
    trainer = start(make_trainer, configuration)
    patch, plan = trainer.configuration_manager.patch_size, trainer.configuration_manager
    rotation, dummy_2d, loaded, axes = trainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size()
    expected = nnUNetTrainer.get_training_transforms(
        patch, rotation, None, axes, dummy_2d, use_mask_for_norm=plan.use_mask_for_norm, regions=None
    )
    real = mixing_of(trainer).real
    rng = torch.Generator().manual_seed(0)
    labels = torch.randint(-1, 4, (1, *loaded), generator=rng).to(torch.int16)
    sample = {"image": torch.randn(1, *loaded, generator=rng), "segmentation": labels}
    for seed in range(5):
        made, by_nnunet = (seeded(seed, transforms, sample) for transforms in (real, expected))
        assert made["image"].shape == (1, *patch)
        assert all(torch.equal(made[key], by_nnunet[key]) for key in sample)
    anatomical = {"2d": [], "3d_fullres": [(0,)]}[configuration]  # a sagittal slice has no left and right
    assert [tuple(mirror.allowed_axes) for mirror in mirrors(real)] == anatomical


def seeded(seed: int, transforms, sample: dict) -> dict:
    np.random.seed(seed)
    torch.manual_seed(seed)
    random.seed(seed)
    return transforms(**{key: value.clone() for key, value in sample.items()})


def mirrors(transforms) -> list[MirrorTransform]:
    return [one for one in transforms.transforms if isinstance(one, MirrorTransform)]


def mixing_of(trainer) -> RealOrRaw:
    transforms = trainer.dataloader_train.data_loader.transforms
    assert isinstance(transforms, RealOrRaw)
    return transforms


@pytest.mark.parametrize("real_share", [0.0, 1.0])
def test_targets_of_both_kinds_have_the_form_that_the_loss_wants(make_trainer, real_share):
    trainer = start(make_trainer, labels=WHOLE_NAMES, regions_class_order=[1, 2])
    mixing_of(trainer).real_share = real_share
    made = trainer.make_batch(next(trainer.dataloader_train))
    assert all(target.shape[1] == 3 for target in made["target"]), "two regions, and the ignore label"
    assert np.isfinite(trainer.train_step(next(trainer.dataloader_train))["loss"])


@pytest.mark.parametrize("regions", [None, [(1, 2), 3]])
def test_what_goes_to_the_workers_can_be_pickled(regions):
    transforms = resolve(NAME).get_training_transforms(
        (4, 4), (-0.1, 0.1), [[1, 1], [0.5, 0.5]], (1,), False, use_mask_for_norm=[False], regions=regions
    )
    again = pickle.loads(pickle.dumps(transforms))
    made = again(image=torch.rand(1, 6, 6), segmentation=torch.ones(1, 6, 6, dtype=torch.int16))
    assert made["image"].shape == (1, 6, 6)
    assert made["segmentation"].shape == (2, 6, 6)


def test_what_synthesis_refuses_is_refused(make_trainer):
    with pytest.raises(NotImplementedError, match="1 channel"):
        make_trainer(NAME, channel_names={"0": "T1", "1": "T2"})
