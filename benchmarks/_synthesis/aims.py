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
        holds: whether the value keeps the limit, None where it was not measured.
    """

    what: str
    limit: str
    value: float | None
    holds: bool | None

    def figures(self) -> dict[str, str | float | bool | None]:
        """For JSON."""
        return asdict(self)


def aims_of(times: Sequence[Times], memory: Sequence[Memory], patches: Sequence[str]) -> list[Aim]:
    """Every aim, measured or not."""
    means = {(t.row.name, t.row.patch, t.row.device): t.mean_ms for t in times}
    batches = {t.row.patch: t.figures()["batch_ms"] for t in times if (t.row.name, t.row.device) == (OURS, "cuda")}
    aims = []
    for patch in patches:
        own, host = means.get((OURS, patch, "cpu")), means.get((NNUNET, patch, "cpu"))
        aims.append(_at_most(f"{patch}: spine / nnU-Net", MOST_OF_NNUNET, _ratio(own, host)))
        aims.extend(
            _at_least(f"{patch}: {peer} / spine", factor, _ratio(means.get((peer, patch, "cpu")), own))
            for peer, factor in FASTER_THAN.items()
        )
        aims.append(_at_most(f"{patch}: batch on the GPU (ms)", GPU_BATCH_MS[patch], batches.get(patch)))
        peaks = [m.peak_images for m in memory if m.patch == patch and m.preset == PRESET]
        aims.append(_at_most(f"{patch}: peak memory of spine (images)", MOST_IMAGES, max(peaks, default=None)))
    return aims


def _ratio(numerator: float | None, denominator: float | None) -> float | None:
    return None if numerator is None or denominator is None else numerator / denominator


def _at_most(what: str, limit: float, value: float | None) -> Aim:
    return Aim(what, f"at most {limit:g}", value, None if value is None else value <= limit)


def _at_least(what: str, limit: float, value: float | None) -> Aim:
    return Aim(what, f"at least {limit:g}", value, None if value is None else value >= limit)
