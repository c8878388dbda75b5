"""Peak memory of a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch

from _synthesis.allocations import cpu_allocations
from _synthesis.contenders import synthesis
from _synthesis.patches import Patch
from nnunet_spine.synth import PRESETS

FLOAT_BYTES = 4


@dataclass(frozen=True)
class Memory:
    """Memory that the generator takes.

    Attributes:
        preset: name of the recipe.
        patch: name of the patch.
        device: where it ran.
        samples: number of samples in a call.
        peak_images: largest peak of all calls above input and output, in float32 images of the call's batch.
        kept_mib: what stays allocated after the first call, output aside; caches count where they are first filled.
    """

    preset: str
    patch: str
    device: str
    samples: int
    peak_images: float
    kept_mib: float

    def figures(self) -> dict[str, str | int | float]:
        """For JSON."""
        return asdict(self)


def memory_of(patches: list[Patch], devices: list[str], draws: int) -> list[Memory]:
    """Peaks of every preset, for a whole batch and for one sample, which on a CPU hides nothing behind the others."""
    return [
        _memory(preset, patch, device, samples, draws)
        for device in devices
        for patch in patches
        for preset in PRESETS
        for samples in sorted({patch.batch, 1}, reverse=True)
    ]


def _memory(preset: str, patch: Patch, device: str, samples: int, draws: int) -> Memory:
    call = synthesis(patch, PRESETS[preset], device, samples)
    peak_of = cuda_peak if device == "cuda" else cpu_peak
    (_, kept), *peaks = [peak_of(call) for _ in range(draws + 1)]
    image = FLOAT_BYTES * samples * patch.voxels
    return Memory(preset, patch.name, device, samples, max(peak for peak, _ in peaks) / image, kept / 2**20)


def cpu_peak(call: Callable[[], object]) -> tuple[int, int]:
    """Bytes above those before the call and its output: at the peak, and after the call."""
    output, allocated = cpu_allocations(call)
    level = allocated - _bytes_of(output)
    return max(0, int(level.max())), max(0, int(level[-1]))


def cuda_peak(call: Callable[[], object]) -> tuple[int, int]:
    """The same on a GPU, by the counters of torch's allocator."""
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    output = call()
    own = before + _bytes_of(output)
    return torch.cuda.max_memory_allocated() - own, torch.cuda.memory_allocated() - own


def _bytes_of(output: object) -> int:
    return sum(x.numel() * x.element_size() for x in (output.image, output.labels))
