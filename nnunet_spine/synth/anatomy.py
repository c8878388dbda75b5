"""From label maps to the noise-free image: deformed, divided into regions and parts, given intensities and texture.

On the CPU a volume is made slice by slice. What a slice needs stays in the cache, and the positions of all voxels,
three times as large as the image, need never be kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch

from nnunet_spine.synth.config import SynthConfig
from nnunet_spine.synth.contrast import ContrastParams, redraw_contrast, sample_contrast
from nnunet_spine.synth.intensity import (
    Layer,
    MixtureParams,
    PartialVolumeParams,
    TextureParams,
    TrabecularParams,
    apply_partial_volume,
    sample_mixture,
    sample_partial_volume,
    sample_texture,
    sample_trabecular,
    texture_layers,
    trabecular_layers,
)
from nnunet_spine.synth.parts import PartsParams, sample_parts, with_parts
from nnunet_spine.synth.pathology import Lesion, PathologyParams, displace, locate, paint, sample_pathology
from nnunet_spine.synth.pathology.lesions import samples_with
from nnunet_spine.synth.regions import (
    RegionParams,
    cluster_guides,
    count_codes,
    encode,
    mean_over_counts,
    region_of_code,
    sample_regions,
    shape_guides,
)
from nnunet_spine.synth.spatial import (
    Deformed,
    SpatialParams,
    at_voxels,
    interpolate_at,
    nodes_mm,
    relative,
    sample_spatial,
    spread_nodes,
)
from nnunet_spine.synth.steps import Grid, Layout, Scene, TissueTable, apply_where_on, look_up, select
from nnunet_spine.synth.tissues import UNLABELLED


class AnatomyParams(NamedTuple):
    """All random numbers of the noise-free image; those of its contrast if it is made of a real one, else nothing."""

    regions: RegionParams
    parts: PartsParams
    spatial: SpatialParams
    pathology: PathologyParams
    mixture: MixtureParams
    texture: TextureParams
    trabecular: TrabecularParams
    partial_volume: PartialVolumeParams
    contrast: ContrastParams | tuple[()]


class Source(NamedTuple):
    """What a batch is made from.

    Attributes:
        labels: (B, 1, *T).
        image: (B, 1, *T), if regions follow one, or it is what images are made of.
        nodes: of the deformation, see `spatial.spread_nodes`.
        lesions: of all samples.
    """

    labels: torch.Tensor
    image: torch.Tensor | None
    nodes: torch.Tensor
    lesions: list[Lesion]

    def sample(self, i: int) -> Source:
        """A batch of one of the samples."""
        one = slice(i, i + 1)
        image = None if self.image is None else self.image[one]
        lesions = [lesion._replace(sample=0) for lesion in self.lesions if lesion.sample == i]
        return Source(self.labels[one], image, self.nodes[one], lesions)


class Canvas(NamedTuple):
    """What is made: the image (B, 1, *S), and label + 1, int16 (B, 1, *S), 0 beyond the image."""

    image: torch.Tensor
    labelled: torch.Tensor

    def sample(self, i: int) -> Canvas:
        """That of one of the samples."""
        return Canvas(self.image[i : i + 1], self.labelled[i : i + 1])


class _Mixture(NamedTuple):
    """Table of the mean intensity of every code, and layers of texture for all voxels."""

    mean: torch.Tensor
    layers: list[Layer]


class _Slab(NamedTuple):
    """Voxels of an interval of the first axis, and what all slabs share.

    Attributes:
        slices: the interval.
        labelled: label + 1 of the source, to look up.
        guides: of each sample, see `regions`.
        region: of every class and bin.
        paint: how bright each voxel is.
    """

    slices: slice
    labelled: Deformed
    guides: list[torch.Tensor] | None
    region: torch.Tensor
    paint: _Mixture | torch.Tensor


class Anatomy:
    """Draws and makes noise-free images.

    Args:
        layout: what is known beforehand.
        config: the settings.
    """

    def __init__(self, layout: Layout, config: SynthConfig) -> None:
        self.layout = layout
        self.config = config
        self.tissues = TissueTable(layout.tissues)
        self.of_image = config.intensity.source == "image"
        tissues = enumerate(layout.tissues.tolist())
        self.unlabelled = [value + 1 for value, tissue in tissues if value and tissue == UNLABELLED]

    def sample(self, n: int, rng: torch.Generator) -> AnatomyParams:
        """Draw everything that is random about `n` images, on the CPU.

        What paints tissues is drawn for images of real ones too: so few numbers cost nothing, and the same seed deforms
        the same label map alike, whatever images are made of.
        """
        config, rest = self.config, (n, self.layout, rng)
        return AnatomyParams(
            regions=sample_regions(config.regions, *rest),
            parts=sample_parts(config.parts, *rest),
            spatial=sample_spatial(config.spatial, *rest),
            pathology=sample_pathology(config.pathology, *rest),
            mixture=sample_mixture(config.intensity, *rest),
            texture=sample_texture(config.texture, *rest),
            trabecular=sample_trabecular(config.trabecular, *rest),
            partial_volume=sample_partial_volume(config.partial_volume, *rest),
            contrast=sample_contrast(config.contrast, *rest) if self.of_image else (),
        )

    def prepare(self, labels: torch.Tensor, image: torch.Tensor | None, params: AnatomyParams) -> Source:
        """Compute what is small for a whole batch."""
        distance, grid = self.config.spatial.node_distance_mm, self.layout.grid
        nodes = nodes_mm(params.spatial, self.layout, distance, labels.device)
        lesions = self._lesions(labels, params.pathology)
        return Source(labels, image, spread_nodes(nodes, grid, distance), lesions)

    def make(self, source: Source, params: AnatomyParams, canvas: Canvas) -> Scene:
        """Make the image on the canvas; the scene is what later steps may ask about it."""
        labelled = source.labels + 1
        guides = self._guides(source, params.regions)
        counts = count_codes(self._unlabelled_as_one(labelled), guides, len(self.layout.tissues))
        region = region_of_code(counts, params.regions)
        code = torch.empty(canvas.image.shape, dtype=torch.int32, device=labelled.device)
        scene = Scene(self.layout.grid, code, region, self.tissues)
        if self.of_image:  # which has regions as well: chemical shift asks which of them are fat
            paint = redraw_contrast(source.image, labelled > 0, params.contrast)
        else:
            # What lies beyond the image is as bright as the rest, so that no dark rim comes in with the resolution.
            paint = self._mixture(scene, params, mean_over_counts(params.mixture.mean[:, 0], region, counts))
        deformed = Deformed(labelled)
        for slices in self._slabs(labelled.device):
            slab = _Slab(slices, deformed, guides, region, paint)
            code[:, :, slices] = self._make_slab(slab, source, params, canvas)
        return scene

    def _mixture(self, scene: Scene, params: AnatomyParams, beyond: torch.Tensor) -> _Mixture:
        device = scene.code.device
        layers = texture_layers(params.texture, params.mixture.std, scene, device)
        layers += trabecular_layers(params.trabecular, scene, device)
        # Where the guide is no image, structures would be nowhere to be seen.
        shared = params.mixture.shared if self.config.regions.follow_image else None
        return _Mixture(scene.table(params.mixture.mean, beyond, shared), layers)

    def _lesions(self, labels: torch.Tensor, params: PathologyParams) -> list[Lesion]:
        """The lesions of all samples; samples without any are not looked at."""
        chosen = sorted({sample for of_kind in params for sample in samples_with(of_kind)})
        if not chosen:
            return []
        rows = torch.tensor(chosen)
        code = (labels.index_select(0, rows.to(labels.device)) + 1).int()
        tissue = look_up(code, self.tissues.of_labels(code.device))
        found = locate(tissue, select(params, rows), self.layout.grid.spacing_mm)
        return [lesion._replace(sample=chosen[lesion.sample]) for lesion in found]

    def _slabs(self, device: torch.device) -> Iterator[slice]:
        size = self.layout.grid.size
        if device.type != "cpu" or len(size) == 2:
            return iter([slice(None)])
        return (slice(k, k + 1) for k in range(size[0]))

    def _make_slab(self, slab: _Slab, source: Source, params: AnatomyParams, canvas: Canvas) -> torch.Tensor:
        """Paint a slab on the canvas; gives its codes."""
        where, positions = self._where(slab, source)
        labelled = slab.labelled(where)
        canvas.labelled[:, :, slab.slices] = labelled
        code = encode(self._unlabelled_as_one(labelled), slab.guides, where)
        scene = Scene(self.layout.grid, code, slab.region, self.tissues)
        positions = positions if source.lesions else None
        x = interpolate_at(slab.paint, where) if self.of_image else None
        del where, labelled, code  # as large as the image or larger
        scene = with_parts(scene, params.parts)
        x = _paint_mixture(slab, params, scene) if x is None else x
        x.clamp_(min=0)  # a magnitude
        if source.lesions:
            x = paint(x, scene.tissue, positions, source.lesions)
        canvas.image[:, :, slab.slices] = x
        return scene.code

    def _unlabelled_as_one(self, labelled: torch.Tensor) -> torch.Tensor:
        """Label + 1 with an ignore label as background: an image does not show where readers stopped to label."""
        for value in self.unlabelled:
            labelled = labelled.masked_fill(labelled == value, 1)
        return labelled

    def _guides(self, source: Source, params: RegionParams) -> list[torch.Tensor] | None:
        grid = Grid(tuple(source.labels.shape[2:]), self.layout.grid.spacing_mm)
        if self.config.regions.follow_image:
            return cluster_guides(source.image.float(), params, grid)
        return shape_guides(params, grid, source.labels.device) if self.config.regions.guide == "shapes" else None

    def _where(self, slab: _Slab, source: Source) -> tuple[torch.Tensor, torch.Tensor]:
        """Where every voxel looks in the input, relative to it and in mm."""
        distance, grid = self.config.spatial.node_distance_mm, self.layout.grid
        size = source.labels.shape[2:]
        nodes = source.nodes if grid.dim == 2 else source.nodes[:, slab.slices]
        positions = displace(at_voxels(nodes, grid, distance), source.lesions)
        return relative(positions, size, grid.spacing_mm), positions


def _paint_mixture(slab: _Slab, params: AnatomyParams, scene: Scene) -> torch.Tensor:
    """Every voxel the mean of its region, mixed with its neighbours, and its deviation from it."""
    x = apply_where_on(scene.look_up(slab.paint.mean), params.partial_volume, apply_partial_volume, scene)
    for noise, deviation in slab.paint.layers:
        x.addcmul_(noise[:, :, slab.slices], scene.look_up(deviation))
    return x
