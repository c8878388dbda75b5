"""The networks, as their trainers build them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from torch import nn

from _networks.plan import Plan
from nnunet_spine.networks import (
    MODIFIED_WIDTHS,
    REPORT_WIDTHS,
    AttentionUNet,
    PaperUNet,
    UNet,
    UNetPlusPlus,
    compute_in_bf16,
)

HOST = "nnU-Net: PlainConvUNet"
LEVELS = 5
CHANNELS = 1


@dataclass(frozen=True)
class Contender:
    """A network.

    Attributes:
        name: for the table.
        make: builds it, with deep supervision where its trainer has it.
        equal_weights: whether its outputs count alike in the loss; nnU-Net halves from one to the next.
    """

    name: str
    make: Callable[[], nn.Module]
    equal_weights: bool = False


def contenders(plan: Plan, classes: int, device: str) -> Iterator[Contender]:
    """Every network for the patch of a plan; on a CPU also in bfloat16, as the trainers' part `BF16` has it."""
    for contender in _as_trained(plan, classes):
        yield contender
        if device == "cpu":
            yield replace(contender, name=f"{contender.name}, BF16", make=partial(_in_bf16, contender))


def _in_bf16(contender: Contender) -> nn.Module:
    return compute_in_bf16(contender.make())


def _as_trained(plan: Plan, classes: int) -> Iterator[Contender]:
    topology = plan.topology.with_levels(LEVELS)
    sizes = (CHANNELS, classes)
    yield Contender(HOST, lambda: plan.plain(*sizes))
    yield Contender("nnU-Net: ResidualEncoderUNet", lambda: plan.residual(*sizes))
    yield Contender("ReportUNet", lambda: UNet(*sizes, REPORT_WIDTHS, topology))
    yield Contender("ModifiedUNet", lambda: UNet(*sizes, MODIFIED_WIDTHS, topology))
    yield Contender("PaperUNet", lambda: PaperUNet(*sizes, topology))
    yield Contender("AttentionUNet", lambda: AttentionUNet(*sizes, MODIFIED_WIDTHS, topology, True))
    yield Contender("UNetPlusPlus", lambda: UNetPlusPlus(*sizes, MODIFIED_WIDTHS, topology, True), True)
