"""Training on real and on synthetic images, three to one."""

from __future__ import annotations

from typing import Any

from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_spine.trainers.synth_spine import SynthSpine
from nnunet_spine.training.mixing import RealOrRaw, mix_batch


class MixSpine(SynthSpine):
    """Every sample is real with nnU-Net's own augmentation, or synthetic, three to one; settings as `SynthSpine`.

    Each sample is drawn by itself, so of batches of 2 five in eight are of one kind, of batches of 12 one in 32.
    """

    @staticmethod
    def get_training_transforms(
        patch_size: Any,
        rotation_for_DA: Any,  # noqa: N803 - nnU-Net's own name
        deep_supervision_scales: Any,
        mirror_axes: tuple[int, ...] | None,
        do_dummy_2d_data_aug: bool,
        **kwargs: Any,
    ) -> BasicTransform:
        """nnU-Net's augmentation or mirroring alone; both leave label maps, which get their form in `make_batch`."""
        rest = (mirror_axes, do_dummy_2d_data_aug)
        real = nnUNetTrainer.get_training_transforms(
            patch_size, rotation_for_DA, None, *rest, **{**kwargs, "regions": None}
        )
        raw = SynthSpine.get_training_transforms(patch_size, rotation_for_DA, None, *rest)
        return RealOrRaw(real, raw)

    def make_batch(self, batch: dict) -> dict:
        """The real samples as they are, the others synthesised."""
        return mix_batch(batch, self.generator, self.make_target, self.synthesis_rng, self.device)
