"""The recipe: a batch of label maps in, a batch of images and targets out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

from nnunet_spine.synth import artefacts, intensity
from nnunet_spine.synth.config import SynthConfig
from nnunet_spine.synth.intensity import (
    MixtureParams,
    PartialVolumeParams,
    TextureParams,
    apply_partial_volume,
    apply_texture,
    sample_mixture,
    sample_partial_volume,
    sample_texture,
)
from nnunet_spine.synth.normalise import NormaliseParams, apply_normalise, sample_normalise
from nnunet_spine.synth.parts import PartsParams, sample_parts, with_parts
from nnunet_spine.synth.pathology import PathologyParams, displace, locate, paint, sample_pathology
from nnunet_spine.synth.pathology.lesions import lesions_of
from nnunet_spine.synth.regions import (
    RegionParams,
    cluster_guides,
    count_codes,
    encode,
    mean_over_counts,
    most_regions,
    region_of_code,
    sample_regions,
    shape_guides,
)
from nnunet_spine.synth.resolution import apply_resolution, sample_resolution
from nnunet_spine.synth.spatial import (
    SpatialParams,
    along_first_axis,
    at_voxels,
    deform,
    nodes_mm,
    relative,
    sample_spatial,
)
from nnunet_spine.synth.steps import Grid, Layout, Scene, TissueTable, apply_where_on, each_sample, look_up, select

IMAGE_STEPS: dict[str, tuple[Callable[..., tuple], Callable[..., torch.Tensor]]] = {
    "trabecular": (intensity.sample_trabecular, intensity.apply_trabecular),
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
    """All random numbers of a batch; together with labels and guide they determine the images."""

    regions: RegionParams
    parts: PartsParams
    spatial: SpatialParams
    pathology: PathologyParams
    mixture: MixtureParams
    texture: TextureParams
    partial_volume: PartialVolumeParams
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


class _Batch(NamedTuple):
    """What the recipe begins with.

    Attributes:
        labels: (B, 1, *T).
        image: (B, 1, *T), if regions follow one.
        rows: deformation of all axes but the first, see `spatial.along_first_axis`.
        foci: of the lesions of all samples.
    """

    labels: torch.Tensor
    image: torch.Tensor | None
    rows: torch.Tensor
    foci: list[tuple[int, Focus]]

    def select(self, part: slice) -> _Batch:
        """The same of some samples, which stay in their order."""
        image = None if self.image is None else self.image[part]
        return _Batch(self.labels[part], image, self.rows[part], [f for f in self.foci if part.start in (None, f[0])])


class _Out(NamedTuple):
    """What the recipe writes to: image, and label + 1."""

    image: torch.Tensor
    labelled: torch.Tensor


def _locate(labels, tissues, params, spacing_mm):
    chosen = sorted({lesion.sample for lesion in lesions_of(params)})
    if not chosen:
        return []
    rows = torch.tensor(chosen)
    tissue = look_up((labels[rows.to(labels.device)] + 1).int(), tissues.of_labels(labels.device))
    few = select(params, rows)
    return [
        (chosen[lesion.sample], focus)
        for lesion, focus in zip(lesions_of(few), locate(tissue, few, spacing_mm), strict=True)
    ]


def _one_by_one(params: SynthParams, n: int) -> Iterator[tuple[slice, SynthParams]]:
    return ((slice(i, i + 1), drawn) for i, drawn in enumerate(each_sample(params, n)))


def _inside(labelled: torch.Tensor) -> torch.Tensor | None:
    """1 for voxels of the image, 0 beyond it; None where all are of it, as far as that can be known without waiting."""
    if labelled.device.type == "cpu" and labelled.amin() > 0:
        return None
    return labelled.clamp_(max=1)


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
        self.tissues = TissueTable(self.layout.tissues)

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
            regions=sample_regions(config.regions, *rest),
            parts=sample_parts(config.parts, *rest),
            spatial=sample_spatial(config.spatial, *rest),
            pathology=sample_pathology(config.pathology, *rest),
            mixture=sample_mixture(config.intensity, *rest),
            texture=sample_texture(config.texture, *rest),
            partial_volume=sample_partial_volume(config.partial_volume, *rest),
            image=tuple(draw(getattr(config, name), *rest) for name, (draw, _) in IMAGE_STEPS.items()),
            normalise=sample_normalise(config.normalise, *rest),
        )

    @torch.no_grad()
    def apply(
        self, labels: torch.Tensor, image: torch.Tensor | None, params: SynthParams, at_once: bool | None = None
    ) -> Synthetic:
        """Make the images that `params` describe, in single precision whatever autocast is around.

        Args:
            labels: integers (B, 1, *T), -1 beyond the image; T is the size of the grid or larger.
            image: (B, 1, *T) real image that regions follow; needed by the guide `clusters` only.
            params: from `sample`.
            at_once: the whole batch in one go, or one sample after the other, which is the default on the CPU: there a
                slice stays in the cache that a batch does not fit into. The images are the same.

        Returns:
            The synthetic batch on the grid.

        Raises:
            ValueError: if shapes do not fit, or the guide is missing.
        """
        self._check(labels, image)
        device, n = labels.device, len(labels)
        out = _Out(
            torch.empty(n, 1, *self.grid.size, device=device),
            torch.empty(n, 1, *self.grid.size, device=device, dtype=torch.int16),
        )
        with torch.autocast(device.type, enabled=False):
            batch = self._prepare(labels, image, params)
            together = device.type != "cpu" if at_once is None else at_once
            for part, drawn in [(slice(None), params)] if together else _one_by_one(params, n):
                self._make(batch.select(part), drawn, _Out(*(value[part] for value in out)))
            out.labelled.sub_(1)
        return Synthetic(out.image, out.labelled, params)

    def _prepare(self, labels: torch.Tensor, image: torch.Tensor | None, params: SynthParams) -> _Batch:
        """What is small, for the whole batch."""
        distance, grid = self.config.spatial.node_distance_mm, self.grid
        nodes = nodes_mm(params.spatial, grid, distance, labels.device)
        foci = _locate(labels, self.tissues, params.pathology, grid.spacing_mm)
        return _Batch(labels, image, along_first_axis(nodes, grid, distance), foci)

    def _make(self, batch: _Batch, params: SynthParams, out: _Out) -> None:
        """The recipe."""
        labelled = (batch.labels + 1).float()
        guides = self._guides(batch, params.regions)
        counts = count_codes(labelled, guides, len(self.layout.tissues))
        where, positions = self._where(batch, params)
        labelled = deform(labelled, where)
        out.labelled.copy_(labelled)
        region = region_of_code(counts, params.regions)
        scene = with_parts(Scene(self.grid, encode(labelled, guides, where), region, self.tissues), params.parts)
        x = self._mixture(scene, counts, params)
        if batch.foci:
            x = paint(x, scene.tissue, positions, params.pathology, [focus for _, focus in batch.foci])
        for (_, apply), drawn in zip(IMAGE_STEPS.values(), params.image, strict=True):
            x = apply_where_on(x, drawn, apply, scene)
        apply_normalise(x, params.normalise, _inside(labelled), out.image)

    def _guides(self, batch: _Batch, params: RegionParams) -> list[torch.Tensor] | None:
        grid = Grid(tuple(batch.labels.shape[2:]), self.grid.spacing_mm)
        if self.config.regions.guide == "clusters":
            return cluster_guides(batch.image.float(), params, grid)
        return shape_guides(params, grid, batch.labels.device) if self.config.regions.guide == "shapes" else None

    def _where(self, batch: _Batch, params: SynthParams) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Where every voxel looks in the input, relative to it, and in mm if there are lesions."""
        distance, grid, size = self.config.spatial.node_distance_mm, self.grid, batch.labels.shape[2:]
        if not batch.foci:
            return at_voxels(relative(batch.rows, size, grid.spacing_mm), grid, distance), None
        positions = displace(
            at_voxels(batch.rows, grid, distance), params.pathology, [focus for _, focus in batch.foci]
        )
        return relative(positions, size, grid.spacing_mm), positions

    def _mixture(self, scene: Scene, counts: torch.Tensor, params: SynthParams) -> torch.Tensor:
        """The noise-free image, its borders, its texture."""
        mean, std = params.mixture
        # What lies beyond the image is as bright as the rest, so that no dark rim comes in with the resolution.
        beyond = mean_over_counts(mean[:, 0], scene.region, counts)
        x = apply_where_on(scene.of_region(mean, beyond), params.partial_volume, apply_partial_volume, scene)
        return apply_texture(x, std, params.texture, scene)

    def _check(self, labels: torch.Tensor, image: torch.Tensor | None) -> None:
        classes = len(self.layout.tissues)
        if labels.ndim != self.grid.dim + 2 or labels.shape[1] != 1:
            raise ValueError(f"labels: expected shape (B, 1, *S) in {self.grid.dim}D, got {tuple(labels.shape)}")
        if any(have < want for have, want in zip(labels.shape[2:], self.grid.size, strict=True)):
            raise ValueError(f"labels: expected a size of at least {self.grid.size}, got {tuple(labels.shape[2:])}")
        if labels.device.type == "cpu" and labels.amax() >= classes:  # elsewhere it would have to wait
            raise ValueError(f"labels: expected values below {classes}, got {int(labels.amax())}")
        if self.config.regions.guide == "clusters" and (image is None or image.shape != labels.shape):
            shape = None if image is None else tuple(image.shape)
            raise ValueError(f"image: expected shape {tuple(labels.shape)} as the labels for this guide, got {shape}")
