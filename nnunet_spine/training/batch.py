"""From nnU-Net's training batch to a synthetic one, in nnU-Net's own form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import interpolate

from nnunet_spine.synth import Synthetic, SynthGenerator


@dataclass(frozen=True)
class TargetMaker:
    """Makes of labels the training target as nnU-Net wants it.

    Attributes:
        regions: label values of each region in region-based training, the ignore label as the last one if there is
            one; None for plain labels.
        scales: for each output of deep supervision the scale of each axis; None for a single output.
    """

    regions: Sequence[Sequence[int]] | None = None
    scales: Sequence[Sequence[float]] | None = None

    def __call__(self, labels: torch.Tensor) -> torch.Tensor | list[torch.Tensor]:
        """Target of labels (B, 1, *S): what lies beyond the image is background, as in nnU-Net."""
        target = labels.clamp(min=0)
        if self.regions is not None:
            target = torch.cat([_is_any_of(target, values) for values in self.regions], dim=1)
        if self.scales is None:
            return target
        return [_downsample(target, scale) for scale in self.scales]


def synthesise_batch(
    batch: dict[str, Any],
    generator: SynthGenerator,
    make_target: TargetMaker,
    rng: torch.Generator,
    device: torch.device,
) -> dict[str, Any]:
    """Replace image and target of a batch by synthetic ones, on the device where they will be used.

    Args:
        batch: `data` (B, 1, *T) and `target` (B, 1, *T) as nnU-Net's loader cuts them, not augmented, with 0 and -1
            where it padded.
        generator: makes the images.
        make_target: gives the target its form.
        rng: the source of randomness, on the CPU.
        device: of the network.
    """
    real, labels = (batch[key].to(device, non_blocking=True) for key in ("data", "target"))
    synthetic = synthesise(real, labels, generator, rng)
    return {**batch, "data": synthetic.image, "target": make_target(synthetic.labels)}


def synthesise(real: torch.Tensor, labels: torch.Tensor, generator: SynthGenerator, rng: torch.Generator) -> Synthetic:
    """Synthesise images of label maps and real images (B, 1, *T) as nnU-Net's loader cuts them."""
    padding = (labels < 0) & (real == 0)
    return generator(labels.clamp(min=0).masked_fill(padding, -1), real, rng)


def _is_any_of(labels: torch.Tensor, values: Sequence[int]) -> torch.Tensor:
    mask = labels == values[0]
    for value in values[1:]:
        mask |= labels == value
    return mask


def _downsample(target: torch.Tensor, scale: Sequence[float]) -> torch.Tensor:
    if all(factor == 1 for factor in scale):
        return target
    size = [round(n * factor) for n, factor in zip(target.shape[2:], scale, strict=True)]
    return interpolate(target.float(), size, mode="nearest-exact").to(target.dtype)
