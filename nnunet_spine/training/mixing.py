"""Real and synthetic samples in one batch: chosen where nnU-Net's loader cuts them, made where the network is.

nnU-Net's loader transforms one sample after the other, and stacks them. Real samples leave it augmented and as large as
the network's patch, those to be synthesised as large as they were cut; so the real ones are put into the middle of the
larger size, and a second channel of the label map says which sample is which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform

from nnunet_spine.synth import SynthGenerator
from nnunet_spine.training.batch import TargetMaker, synthesise

REAL_SHARE = 0.75
"""Chance of a sample to be real; what it was measured to be worth stands in docs/reality_gap.md."""


class RealOrRaw(BasicTransform):
    """Augments a sample as a real one, or prepares it for synthesis.

    Drawn for every sample: nnU-Net makes sure of foreground in the last third of each batch, so that if samples took
    turns one kind might get more of it. By numpy, whose state nnU-Net's workers seed afresh, other than torch's.

    Args:
        real: nnU-Net's augmentation, down to the network's patch.
        raw: what a sample goes through that will be synthesised; its size stays.
        real_share: chance of a sample to be real.
    """

    def __init__(self, real: BasicTransform, raw: BasicTransform, real_share: float = REAL_SHARE) -> None:
        super().__init__()
        self.real = real
        self.raw = raw
        self.real_share = real_share

    def get_parameters(self, **data_dict: Any) -> dict[str, bool]:
        """Draw which it is."""
        return {"is_real": np.random.random() < self.real_share}

    def apply(self, data_dict: dict[str, Any], is_real: bool) -> dict[str, Any]:
        """Transform image (1, *T) and label map (1, *T), which becomes (2, *T): labels, and 1 if the sample is real."""
        size = data_dict["image"].shape[1:]
        made = (self.real if is_real else self.raw)(**data_dict)
        image, labels = (_in_the_middle(made[key], size) for key in ("image", "segmentation"))
        return {**made, "image": image, "segmentation": torch.cat((labels, torch.full_like(labels, is_real)))}


def mix_batch(
    batch: dict[str, Any],
    generator: SynthGenerator,
    make_target: TargetMaker,
    rng: torch.Generator,
    device: torch.device,
) -> dict[str, Any]:
    """Cut the real samples of a batch to the network's patch and synthesise the others, all in their places.

    Args:
        batch: `data` (B, 1, *T) and `target` (B, 2, *T) on the CPU, of samples that `RealOrRaw` transformed.
        generator: makes the synthetic ones.
        make_target: gives the target its form.
        rng: the source of randomness, on the CPU.
        device: of the network.
    """
    is_real = batch["target"][:, 1].flatten(1)[:, 0] > 0
    data, target = (batch[key].to(device, non_blocking=True) for key in ("data", "target"))
    labels, middle = target[:, :1], (..., *_middle(data.shape[2:], generator.grid.size))
    image, label = data[middle].clone(), labels[middle].clone()
    if not is_real.all():
        rows = (~is_real).nonzero()[:, 0].to(device, non_blocking=True)
        synthetic = synthesise(data.index_select(0, rows), labels.index_select(0, rows), generator, rng)
        image.index_copy_(0, rows, synthetic.image)
        label.index_copy_(0, rows, synthetic.labels)
    return {**batch, "data": image, "target": make_target(label)}


def _middle(size: Sequence[int], inner: Sequence[int]) -> tuple[slice, ...]:
    """Where something smaller lies in the middle of something larger."""
    starts = [(have - want) // 2 for have, want in zip(size, inner, strict=True)]
    return tuple(slice(start, start + want) for start, want in zip(starts, inner, strict=True))


def _in_the_middle(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Zeros of a size with x (C, *S) in the middle; x itself if it is of that size."""
    if tuple(x.shape[1:]) == tuple(size):
        return x
    out = x.new_zeros(len(x), *size)
    out[(..., *_middle(size, x.shape[1:]))] = x
    return out
