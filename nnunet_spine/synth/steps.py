"""What every random step shares: what it knows beforehand, what it may see of a batch, its switch, its noise.

A step is two functions. `sample_*(config, n, layout, rng)` draws the parameters of `n` samples on the CPU, as a named
tuple of tensors whose first axis is the sample; `apply_*(x, params, scene)` is arithmetic without chance, and may write
into x. Whoever keeps the parameters can make the image again, on any device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import torch

from nnunet_spine.synth.operators import bspline_matrix, join
from nnunet_spine.synth.tissues import CORTEX, MOST_PARTS

Params = TypeVar("Params", bound=tuple)
BINS = 256
"""Values of the guide that a class is told apart by; see `regions`."""


@dataclass(frozen=True)
class Grid:
    """The voxels of a sample: their number and distance (mm) along each axis; two axes or three, the slice's last."""

    size: tuple[int, ...]
    spacing_mm: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.size) not in (2, 3) or len(self.size) != len(self.spacing_mm):
            raise ValueError(f"grid: expected 2 or 3 sizes and as many spacings, got {self.size} and {self.spacing_mm}")
        if min(self.size) < 1 or not min(self.spacing_mm) > 0:
            raise ValueError(f"grid: expected sizes and spacings above 0, got {self.size} and {self.spacing_mm}")

    @property
    def dim(self) -> int:
        """Number of spatial axes."""
        return len(self.size)

    def splines(self, node_distance_mm: float) -> list[torch.Tensor]:
        """The matrices of a smooth field over this grid, one an axis."""
        return [bspline_matrix(n, node_distance_mm / mm) for n, mm in zip(self.size, self.spacing_mm, strict=True)]


@dataclass(frozen=True)
class Layout:
    """What is known before any sample.

    Attributes:
        grid: of the output.
        input_size: of the label maps, at least that of the grid.
        tissues: (C,) tissue of each class, on the CPU.
        regions: largest number of regions R of a class.
    """

    grid: Grid
    input_size: tuple[int, ...]
    tissues: torch.Tensor
    regions: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Parts, classes and regions: the shape of a value for each region, (P, C, R)."""
        return MOST_PARTS, len(self.tissues), self.regions

    def made_of(self, tissue: int) -> torch.Tensor:
        """Which parts of which classes are of a tissue, bool (P, C): all of it but cortex, a tissue of its own."""
        is_cortex = torch.arange(MOST_PARTS) == CORTEX
        return (self.tissues == tissue) & ~is_cortex[:, None]


class TissueTable:
    """Tissue of every class (C,) as tables to look up in, kept on the devices that asked for them."""

    def __init__(self, tissues: torch.Tensor) -> None:
        self.tissues = tissues.to(torch.uint8)
        self._kept: dict[tuple[int, int, torch.device], torch.Tensor] = {}

    def of_labels(self, device: torch.device) -> torch.Tensor:
        """Tissue of label + 1, uint8 (1 + C,); unlabelled beyond the image."""
        return self._table(1, 1, device)

    def of_codes(self, device: torch.device) -> torch.Tensor:
        """Tissue of every code, uint8 (1 + P * C * BINS,)."""
        return self._table(BINS, MOST_PARTS, device)

    def _table(self, bins: int, parts: int, device: torch.device) -> torch.Tensor:
        key = bins, parts, device
        if key not in self._kept:
            table = self.tissues.repeat_interleave(bins).repeat(parts)
            self._kept[key] = torch.nn.functional.pad(table, (1, 0)).to(device)
        return self._kept[key]


class Scene:
    """What a step may see of a batch beside the image.

    Args:
        grid: of the whole image, of which the code may be a slab.
        code: int32 (B, 1, *S) place of every voxel in tables of (P * C * BINS + 1), see `regions`.
        region: int64 (B, C, BINS) region within its class.
        tissues: of the classes.
    """

    def __init__(self, grid: Grid, code: torch.Tensor, region: torch.Tensor, tissues: TissueTable) -> None:
        self.grid = grid
        self.code = code
        self.region = region
        self.tissues = tissues
        self._region_of_parts = region[:, None].expand(-1, MOST_PARTS, -1, -1)

    def select(self, index: torch.Tensor) -> Scene:
        """The scene of some samples; `index` is on the CPU."""
        where = index.to(self.code.device, non_blocking=True)
        return Scene(self.grid, self.code[where], self.region[where], self.tissues)

    def with_code(self, code: torch.Tensor) -> Scene:
        """The same with other parts of the same tissues."""
        scene = Scene(self.grid, code, self.region, self.tissues)
        scene.tissue = self.tissue
        return scene

    @cached_property
    def tissue(self) -> torch.Tensor:
        """Tissue of every voxel, uint8 (B, 1, *S); unlabelled beyond the image."""
        return look_up(self.code, self.tissues.of_codes(self.code.device))

    def of_region(self, values: torch.Tensor) -> torch.Tensor:
        """Spread a value of every region (B, P, C, R) over the voxels, (B, 1, *S); 0 beyond the image."""
        return self.look_up(self.table(values))

    def look_up(self, table: torch.Tensor) -> torch.Tensor:
        """Spread the values of a table over the voxels, (B, 1, *S)."""
        return look_up(self.code, table)

    def table(
        self, values: torch.Tensor, outside: torch.Tensor | None = None, shared: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The value of every code.

        Args:
            values: (B, P, C, R) of every region; R may be 1 for one value for all of them.
            outside: (B,) beyond the image, 0 if not given.
            shared: bool (B, P, C, 1) which parts of classes have, in place of their own value, that of the background
                where the guide is the same.

        Returns:
            (B, 1 + P * C * BINS).
        """
        values = values.to(self.region.device, non_blocking=True)
        one_for_all = values.shape[-1] == 1
        table = values.expand(-1, -1, -1, BINS) if one_for_all else values.gather(3, self._region_of_parts)
        if shared is not None:
            table = torch.where(shared.to(table.device, non_blocking=True), table[:, :1, :1], table)
        beyond = table.new_zeros(len(table)) if outside is None else outside
        return torch.cat((beyond[:, None], table.flatten(1)), dim=1)


def look_up(code: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Value of every voxel's code, int32 (B, 1, *S), in a table (N,), or in the sample's own table of (B, N)."""
    index = code
    if table.ndim == 2 and len(table) > 1:
        rows = torch.arange(len(code), device=code.device, dtype=torch.int32) * table.shape[1]
        index = code + rows.reshape(-1, *[1] * (code.ndim - 1))
    return table.reshape(-1).index_select(0, index.reshape(-1)).reshape(code.shape)


def draw_on(probability: float, n: int, rng: torch.Generator) -> torch.Tensor:
    """Which of `n` samples a step happens to, bool (n,)."""
    return torch.rand(n, generator=rng) < probability


def draw_seeds(n: int, rng: torch.Generator) -> torch.Tensor:
    """Seeds of the noise of `n` samples, int64 (n,)."""
    return torch.randint(2**31, (n,), generator=rng)


def select(params: Params, index: torch.Tensor | slice) -> Params:
    """The parameters of some samples; tuples of parameters may be nested."""
    values = [select(value, index) if isinstance(value, tuple) else value[index] for value in params]
    return type(params)(*values) if hasattr(params, "_fields") else tuple(values)


def each_sample(params: Params, n: int) -> list[Params]:
    """The parameters of each of `n` samples, as batches of one."""
    columns = [each_sample(value, n) if isinstance(value, tuple) else value.split(1) for value in params]
    make = type(params)._make if hasattr(params, "_make") else tuple
    return [make(column[i] for column in columns) for i in range(n)]


def apply_where_on(
    x: torch.Tensor, params: Params, apply: Callable[[torch.Tensor, Params, Scene], torch.Tensor], scene: Scene
) -> torch.Tensor:
    """Apply a step to the samples whose `params.on` is set; the others stay bit-identical. x may be written to.

    The switch lies on the CPU like all parameters, so nothing waits for the device.
    """
    on = params.on.tolist()
    if not any(on):
        return x
    if all(on):
        return apply(x, params, scene)
    index = params.on.nonzero()[:, 0]
    where = index.to(x.device, non_blocking=True)
    return x.index_copy_(0, where, apply(x.index_select(0, where), select(params, index), scene.select(index)))


def per_sample(value: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Numbers (B,) on the device of x, shaped to act on (B, C, *S)."""
    return value.to(x.device, non_blocking=True).reshape(-1, *[1] * (x.ndim - 1))


_BLOCK = 2**20
_FEWEST_BLOCKS = 4
_STREAM = 1_000_003


def white_noise(seeds: torch.Tensor, shape: Sequence[int], device: torch.device, stream: int = 0) -> torch.Tensor:
    """Standard normal numbers (B, *shape) that depend on each sample's seed alone, not on its neighbours or the device.

    They are windows of one long sequence, at a place that the seed says: drawing them anew would take longer than all
    else that is done to an image. Do not write to the result: a single sample is the window itself.
    """
    count = torch.Size(shape).numel()
    length = _BLOCK * max(_FEWEST_BLOCKS, -(-2 * count // _BLOCK))
    sequence = _normal_sequence(length, device)
    places = [(seed + stream * _STREAM) % (length - count) for seed in seeds.tolist()]
    windows = [sequence[place : place + count].view(1, *shape) for place in places]
    return join(windows)


_sequences: dict[torch.device, torch.Tensor] = {}
"""The longest sequence that each device has asked for."""


def _normal_sequence(length: int, device: torch.device) -> torch.Tensor:
    """At least `length` numbers, the same everywhere: a longer sequence begins like a shorter one."""
    known = _sequences.get(device)
    if known is None or len(known) < length:
        drawn = [torch.randn(_BLOCK, generator=torch.Generator().manual_seed(k)) for k in range(-(-length // _BLOCK))]
        known = _sequences[device] = torch.cat(drawn).to(device)
    return known
