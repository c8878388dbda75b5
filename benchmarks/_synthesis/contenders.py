"""The rows of the table: each function makes those of one contender on a patch, or says why there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from _synthesis.patches import TISSUES, Patch, draw_batch
from _synthesis.peers import auglab, cornucopia, torchio
from _synthesis.switches import steps_on
from _synthesis.timing import Absent, Row
from nnunet_spine.synth import PRESETS, SynthConfig, SynthGenerator

NNUNET = "nnU-Net default"
Contender = Callable[[Patch, str], Iterator[Row | Absent]]


def ours(patch: Patch, device: str) -> Iterator[Row]:
    """Every preset of the generator, on a batch as nnU-Net's loader cuts it."""
    for name, config in PRESETS.items():
        yield Row(f"ours: {name}", patch.name, device, synthesis(patch, config, device), samples=patch.batch)


def synthesis(patch: Patch, config: SynthConfig, device: str, n: int | None = None) -> Callable[[], object]:
    """A call that synthesises `n` samples, a batch by default, from what lies on the device."""
    labels, image = (x.to(device) for x in draw_batch(patch, patch.input_size, n or patch.batch))
    generator = SynthGenerator(TISSUES, patch.grid, config, patch.input_size)
    return partial(generator, labels, image, torch.Generator().manual_seed(0))


def nnunet(patch: Patch, device: str) -> Iterator[Row]:
    """nnU-Net's default augmentation of the same patches, one by one as its loader does it."""
    size, rotation = patch.grid.size, patch.rotation
    transforms = nnUNetTrainer.get_training_transforms(size, rotation, None, patch.mirror_axes, patch.slicewise)
    labels, image = draw_batch(patch, patch.input_size, 1)

    def draw() -> object:
        return transforms(image=image[0].clone(), segmentation=labels[0].clone())

    yield Row(NNUNET, patch.name, device, draw, calls=patch.batch)


def floor(patch: Patch, device: str) -> Iterator[Row]:
    """One read and one write of the image for every step of the recipe that is on: no step can do with less."""
    steps = round(steps_on(PRESETS["spine"]))
    samples = 1 if device == "cpu" else patch.batch
    x = torch.ones((samples, 1, *patch.grid.size), device=device)

    def draw() -> None:
        for _ in range(steps):
            x.mul_(1.0)

    yield Row(f"floor: {steps} reads and writes", patch.name, device, draw, samples, patch.batch // samples)


CONTENDERS: dict[str, tuple[tuple[str, ...], Contender]] = {
    "ours": (("cpu", "cuda"), ours),
    "nnunet": (("cpu",), nnunet),
    "cornucopia": (("cpu",), cornucopia),
    "torchio": (("cpu",), torchio),
    "auglab": (("cuda",), auglab),
    "floor": (("cpu", "cuda"), floor),
}
"""Where each contender can run, and its rows."""


def rows_of(names: Sequence[str], patch: Patch, device: str) -> Iterator[Row | Absent]:
    """The rows of some contenders on a device that they can run on."""
    for name in names:
        where, contender = CONTENDERS[name]
        if device in where and device == "cuda" and not torch.cuda.is_available():
            yield Absent(name, patch.name, device, "unmeasured (no GPU)")
        elif device in where:
            yield from contender(patch, device)
