"""What the generator is asked to reach, and what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from _synthesis.contenders import NNUNET
from _synthesis.memory import Memory
from _synthesis.peers import CORNUCOPIA, TORCHIO
from _synthesis.timing import Times

PRESET = "spine"
OURS = f"ours: {PRESET}"
MOST_OF_NNUNET = 0.6
FASTER_THAN = {CORNUCOPIA: 40.0, TORCHIO: 20.0}
GPU_BATCH_MS = {"2d": 4.0, "3d": 6.0}
MOST_IMAGES = 4.0


@dataclass(frozen=True)
class Aim:
    """A limit and a measured value.

    Attributes:
        what: the quantity.
        limit: the limit, in words.
        value: what was measured, None where it was not.
        cpu_value: a ratio from processor times, which other work on the machine disturbs less; None for no ratio.
        holds: whether `value` keeps the limit, None where it was not measured.
    """

    what: str
    limit: str
    value: float | None
    cpu_value: float | None
    holds: bool | None

    def figures(self) -> dict[str, str | float | bool | None]:
        """For JSON."""
        return asdict(self)


def aims_of(times: Sequence[Times], memory: Sequence[Memory], patches: Sequence[str]) -> list[Aim]:
    """Every aim, measured or not."""
    found = {(t.row.name, t.row.patch, t.row.device): t for t in times}
    aims = []
    for patch in patches:
        own, host = found.get((OURS, patch, "cpu")), found.get((NNUNET, patch, "cpu"))
        aims.append(_at_most(f"{patch}: spine / nnU-Net", MOST_OF_NNUNET, *_ratios(own, host)))
        for peer, factor in FASTER_THAN.items():
            aims.append(_at_least(f"{patch}: {peer} / spine", factor, *_ratios(found.get((peer, patch, "cpu")), own)))
        on_gpu = found.get((OURS, patch, "cuda"))
        aims.append(_at_most(f"{patch}: ms for a batch on the GPU", GPU_BATCH_MS[patch], on_gpu and on_gpu.batch_ms))
        aims.extend(
            _at_most(f"{patch} {m.device}: images at the peak, batch of {m.samples}", MOST_IMAGES, m.peak_images)
            for m in memory
            if (m.patch, m.preset) == (patch, PRESET)
        )
    return aims


def _ratios(above: Times | None, below: Times | None) -> tuple[float | None, float | None]:
    if above is None or below is None:
        return None, None
    return above.mean_ms / below.mean_ms, above.mean_cpu_ms / below.mean_cpu_ms


def _at_most(what: str, limit: float, value: float | None, cpu_value: float | None = None) -> Aim:
    return Aim(what, f"at most {limit:g}", value, cpu_value, None if value is None else value <= limit)


def _at_least(what: str, limit: float, value: float | None, cpu_value: float | None = None) -> Aim:
    return Aim(what, f"at least {limit:g}", value, cpu_value, None if value is None else value >= limit)
