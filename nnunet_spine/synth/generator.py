"""The recipe: a batch of label maps in, a batch of images and targets out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

from nnunet_spine.synth import artefacts, intensity
from nnunet_spine.synth.anatomy import Anatomy, AnatomyParams, Canvas, Source
from nnunet_spine.synth.config import SynthConfig
from nnunet_spine.synth.normalise import NormaliseParams, apply_normalise, sample_normalise
from nnunet_spine.synth.regions import most_regions
from nnunet_spine.synth.resolution import apply_resolution, sample_resolution
from nnunet_spine.synth.steps import Grid, Layout, apply_where_on, each_sample

IMAGE_STEPS: dict[str, tuple[Callable[..., tuple], Callable[..., torch.Tensor]]] = {
    "chemical_shift": (artefacts.sample_chemical_shift, artefacts.apply_chemical_shift),
    "flow_void": (artefacts.sample_flow_void, artefacts.apply_flow_void),
    "coil": (artefacts.sample_coil, artefacts.apply_coil),
    "bias": (artefacts.sample_bias, artefacts.apply_bias),
    "gamma": (intensity.sample_gamma, intensity.apply_gamma),
    "resolution": (sample_resolution, apply_resolution),
    "motion": (artefacts.sample_motion, artefacts.apply_motion),
    "pulsation": (artefacts.sample_pulsation, artefacts.apply_pulsation),
    "gibbs": (artefacts.sample_gibbs, artefacts.apply_gibbs),
    "wrap": (artefacts.sample_wrap, artefacts.apply_wrap),
    "spikes": (artefacts.sample_spikes, artefacts.apply_spikes),
    "noise": (artefacts.sample_noise, artefacts.apply_noise),
}
"""What happens to the image after the mixture, in this order; each is a field of `SynthConfig`."""


class SynthParams(NamedTuple):
    """All random numbers of a batch; together with labels, guide and settings they determine the images.

    Attributes:
        anatomy: of the noise-free image.
        image: of the `IMAGE_STEPS`, in their order.
        normalise: of the Z-score.
    """

    anatomy: AnatomyParams
    image: tuple[tuple, ...]
    normalise: NormaliseParams


@dataclass(frozen=True)
class Synthetic:
    """A synthetic batch.

    Attributes:
        image: float32 (B, 1, *S).
        labels: int16 (B, 1, *S); -1 beyond the image.
        params: what made it.
    """

    image: torch.Tensor
    labels: torch.Tensor
    params: SynthParams


class SynthGenerator:
    """Synthesises images from label maps, on the device that they come on.

    Args:
        tissues: tissue of each class, in the order of the label values; see `nnunet_spine.synth.tissues`: 0 for what is
            divided like unlabelled tissue (the background, an ignore label), the same number for levels of a structure.
        grid: size and spacing of the output.
        config: the settings.
        input_size: size of the label maps that will come, at least that of the grid, which is the default; in 3D the
            deformation moves no further across slices than there are.

    Raises:
        ValueError: for tissues that are negative or not given.
    """

    def __init__(
        self,
        tissues: Sequence[int],
        grid: Grid,
        config: SynthConfig | None = None,
        input_size: Sequence[int] | None = None,
    ) -> None:
        if not tissues or min(tissues) < 0:
            raise ValueError(f"tissues: expected a number from 0 for each class, got {list(tissues)}")
        self.config = config or SynthConfig()
        size = tuple(input_size or grid.size)
        self.layout = Layout(grid, size, torch.tensor(tissues), most_regions(self.config.regions))
        self.anatomy = Anatomy(self.layout, self.config)

    @property
    def grid(self) -> Grid:
        """Of the output."""
        return self.layout.grid

    def __call__(self, labels: torch.Tensor, image: torch.Tensor | None, rng: torch.Generator) -> Synthetic:
        """Synthesise one image for each label map; `rng` lives on the CPU. See `apply` for the rest."""
        return self.apply(labels, image, self.sample(len(labels), rng))

    @torch.autocast("cpu", enabled=False)
    def sample(self, n: int, rng: torch.Generator) -> SynthParams:
        """Draw everything that is random about `n` images, on the CPU."""
        config, rest = self.config, (n, self.layout, rng)
        return SynthParams(
            anatomy=self.anatomy.sample(n, rng),
            image=_acquired_once({name: draw(getattr(config, name), *rest) for name, (draw, _) in IMAGE_STEPS.items()}),
            normalise=sample_normalise(config.normalise, *rest),
        )

    @torch.no_grad()
    def apply(
        self, labels: torch.Tensor, image: torch.Tensor | None, params: SynthParams, at_once: bool | None = None
    ) -> Synthetic:
        """Make the images that `params` describe, in single precision whatever autocast is around.

        Args:
            labels: integers (B, 1, *T), -1 beyond the image; T is the size of the grid or larger.
            image: (B, 1, *T) real image that regions follow, or that is painted with; see `SynthConfig.needs_image`.
            params: from `sample`.
            at_once: the whole batch in one go, or one sample after the other, which is the default on the CPU: there a
                slice stays in the cache that a batch does not fit into. The images are the same.

        Returns:
            The synthetic batch on the grid.

        Raises:
            ValueError: if shapes do not fit, or the real image is missing.
        """
        self._check(labels, image)
        n, device = len(labels), labels.device
        shape = (n, 1, *self.grid.size)
        canvas = Canvas(torch.empty(shape, device=device), torch.empty(shape, device=device, dtype=torch.int16))
        with torch.autocast(device.type, enabled=False):
            source = self.anatomy.prepare(labels, image, params.anatomy)
            if device.type != "cpu" if at_once is None else at_once:
                self._make(source, params, canvas)
            else:
                for i, drawn in enumerate(each_sample(params, n)):
                    self._make(source.sample(i), drawn, canvas.sample(i))
        return Synthetic(canvas.image, canvas.labelled.sub_(1), params)

    def _make(self, source: Source, params: SynthParams, canvas: Canvas) -> None:
        """The recipe."""
        scene = self.anatomy.make(source, params.anatomy, canvas)
        x = canvas.image
        for (_, apply), drawn in zip(IMAGE_STEPS.values(), params.image, strict=True):
            x = apply_where_on(x, drawn, apply, scene)
        apply_normalise(x, params.normalise, _inside(canvas.labelled), out=canvas.image)

    def _check(self, labels: torch.Tensor, image: torch.Tensor | None) -> None:
        classes = len(self.layout.tissues)
        if labels.ndim != self.grid.dim + 2 or labels.shape[1] != 1:
            raise ValueError(f"labels: expected shape (B, 1, *S) in {self.grid.dim}D, got {tuple(labels.shape)}")
        if any(have < want for have, want in zip(labels.shape[2:], self.grid.size, strict=True)):
            raise ValueError(f"labels: expected a size of at least {self.grid.size}, got {tuple(labels.shape[2:])}")
        if labels.device.type == "cpu":  # elsewhere it would have to wait
            low, high = (int(end) for end in labels.aminmax())
            if low < -1 or high >= classes:
                raise ValueError(f"labels: expected values from -1 to {classes - 1}, got {low} to {high}")
        if self.config.needs_image and (image is None or image.shape != labels.shape):
            shape = None if image is None else tuple(image.shape)
            raise ValueError(f"image: expected for these settings, of shape {tuple(labels.shape)}, got {shape}")


def _inside(labelled: torch.Tensor) -> torch.Tensor | None:
    """1 for voxels of the image, 0 beyond it; None where all are of it, as far as that can be known without waiting."""
    if labelled.device.type == "cpu" and labelled.amin() > 0:
        return None
    return labelled.clamp(max=1).float()


def _acquired_once(drawn: dict[str, tuple]) -> tuple[tuple, ...]:
    """The parameters of the steps, where k-space is cut without another resolution within the slice.

    The cut is that resolution; of an image that is blurred already nothing would be left to ring.
    """
    resolution = drawn["resolution"]
    inplane = resolution.resolution_mm[:, -2:] * ~drawn["gibbs"].on[:, None]
    finer = torch.cat((resolution.resolution_mm[:, :-2], inplane), dim=1)
    return tuple((drawn | {"resolution": resolution._replace(resolution_mm=finer)}).values())
