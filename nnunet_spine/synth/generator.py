"""The recipe: a batch of label maps in, a batch of images and targets out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

from nnunet_spine.synth.artefacts import BiasParams, NoiseParams, apply_bias, apply_noise, sample_bias, sample_noise
from nnunet_spine.synth.config import SynthConfig
from nnunet_spine.synth.intensity import (
    GammaParams,
    MixtureParams,
    TextureParams,
    apply_gamma,
    apply_grain,
    sample_gamma,
    sample_mixture,
    sample_texture,
)
from nnunet_spine.synth.normalise import NormaliseParams, apply_normalise, sample_normalise
from nnunet_spine.synth.regions import (
    OUTSIDE,
    RegionParams,
    count_codes,
    encode,
    image_guide,
    look_up,
    most_regions,
    noise_guide,
    region_of_code,
    sample_regions,
    table_of_classes,
    table_of_regions,
)
from nnunet_spine.synth.resolution import ResolutionParams, apply_resolution, sample_resolution
from nnunet_spine.synth.spatial import SpatialParams, apply_spatial, sample_spatial
from nnunet_spine.synth.steps import Grid, apply_where_on, white_noise


class SynthParams(NamedTuple):
    """All random numbers of a batch; together with labels and guide they determine the images."""

    regions: RegionParams
    spatial: SpatialParams
    mixture: MixtureParams
    texture: TextureParams
    bias: BiasParams
    gamma: GammaParams
    resolution: ResolutionParams
    noise: NoiseParams
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
        tissues: tissue of each class, in the order of the label values: 0 for what is divided like unlabelled tissue
            (the background, an ignore label), the same number for the levels of one tissue.
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
        self.tissues = torch.tensor(tissues)
        self.grid = grid
        self.config = config or SynthConfig()
        self.input_size = tuple(input_size or grid.size)

    def __call__(self, labels: torch.Tensor, image: torch.Tensor | None, rng: torch.Generator) -> Synthetic:
        """Synthesise one image for each label map; `rng` lives on the CPU. See `apply` for the rest."""
        return self.apply(labels, image, self.sample(len(labels), rng))

    @torch.autocast("cpu", enabled=False)
    def sample(self, n: int, rng: torch.Generator) -> SynthParams:
        """Draw everything that is random about `n` images, on the CPU."""
        config, grid = self.config, self.grid
        return SynthParams(
            regions=sample_regions(config.regions, n, self.tissues, rng),
            spatial=sample_spatial(config.spatial, n, grid, self.input_size, rng),
            mixture=sample_mixture(config.intensity, n, self.tissues, most_regions(config.regions), rng),
            texture=sample_texture(config.texture, n, rng),
            bias=sample_bias(config.bias, n, grid, rng),
            gamma=sample_gamma(config.gamma, n, rng),
            resolution=sample_resolution(config.resolution, n, grid, rng),
            noise=sample_noise(config.noise, n, rng),
            normalise=sample_normalise(config.normalise, n, rng),
        )

    @torch.no_grad()
    def apply(self, labels: torch.Tensor, image: torch.Tensor | None, params: SynthParams) -> Synthetic:
        """Make the images that `params` describe, in single precision whatever autocast is around.

        Args:
            labels: integers (B, 1, *T), -1 beyond the image; T is the size of the grid or larger.
            image: (B, 1, *T) real image that regions follow; needed by the guide `image` only.
            params: from `sample`.

        Returns:
            The synthetic batch on the grid.

        Raises:
            ValueError: if shapes do not fit, or the guide is missing.
        """
        self._check(labels, image)
        with torch.autocast(labels.device.type, enabled=False):
            return self._apply(labels, image, params)

    def _apply(self, labels: torch.Tensor, image: torch.Tensor | None, params: SynthParams) -> Synthetic:
        config, grid = self.config, self.grid
        code = encode(labels, self._guide(labels, image, params.regions))
        counts = count_codes(code, len(self.tissues))
        code = apply_spatial(code, params.spatial, grid, config.spatial.node_distance_mm)
        x = self._mixture(code, counts, params)
        x = apply_where_on(x, params.bias, apply_bias, grid, config.bias.node_distance_mm)
        x = apply_where_on(x, params.gamma, apply_gamma)
        x = apply_where_on(x, params.resolution, apply_resolution, grid)
        x = apply_where_on(x, params.noise, apply_noise)
        x = apply_normalise(x, params.normalise, code != OUTSIDE)
        return Synthetic(x, look_up(code, table_of_classes(len(self.tissues), code.device)), params)

    def _guide(self, labels: torch.Tensor, image: torch.Tensor | None, params: RegionParams) -> torch.Tensor | None:
        grid = Grid(tuple(labels.shape[2:]), self.grid.spacing_mm)
        if self.config.regions.guide == "image":
            return image_guide(image.float(), params, grid)
        return noise_guide(params, grid, labels.device) if self.config.regions.guide == "noise" else None

    def _mixture(self, code: torch.Tensor, counts: torch.Tensor, params: SynthParams) -> torch.Tensor:
        region = region_of_code(counts, params.regions)
        deviation = white_noise(params.texture.seed, code.shape[1:], code.device)
        deviation = apply_where_on(deviation, params.texture, apply_grain, self.grid)
        # What lies beyond the image is as bright as the rest, so that no dark rim comes in with the resolution.
        mean = look_up(code, table_of_regions(region, params.mixture.mean, outside=counts))
        return mean + deviation * look_up(code, table_of_regions(region, params.mixture.std))

    def _check(self, labels: torch.Tensor, image: torch.Tensor | None) -> None:
        if labels.ndim != self.grid.dim + 2 or labels.shape[1] != 1:
            raise ValueError(f"labels: expected shape (B, 1, *S) in {self.grid.dim}D, got {tuple(labels.shape)}")
        if any(have < want for have, want in zip(labels.shape[2:], self.grid.size, strict=True)):
            raise ValueError(f"labels: expected a size of at least {self.grid.size}, got {tuple(labels.shape[2:])}")
        if labels.device.type == "cpu" and labels.max() >= len(self.tissues):  # elsewhere it would have to wait
            raise ValueError(f"labels: expected values below {len(self.tissues)}, got {int(labels.max())}")
        if self.config.regions.guide == "image" and (image is None or image.shape != labels.shape):
            shape = None if image is None else tuple(image.shape)
            raise ValueError(f"image: expected shape {tuple(labels.shape)} as the labels for this guide, got {shape}")
