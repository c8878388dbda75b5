"""Weights between two checkpoints of the same network.

Wortsman et al., Robust fine-tuning of zero-shot models (WiSE-FT), CVPR 2022, https://arxiv.org/abs/2109.01903: the mean
of the weights before and after fine-tuning keeps most of what was gained on the new images, and forgets less of the
others. It holds for weights that are near each other, of which one run started from the other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from nnunet_spine.finetuning.checkpoints import Weights, mismatches, read_checkpoint, some
from nnunet_spine.finetuning.model import weights_named
from nnunet_spine.plumbing.files import write_beside

STORED_AS = "averaged"
"""Key among the `init_args` of a checkpoint, where nnU-Net keeps what it does not know."""


def average_weights(before: Weights, after: Weights, factor: float) -> dict[str, torch.Tensor]:
    """(1 - factor) * before + factor * after, exact at both ends.

    All floating tensors are mixed, the running statistics of BatchNorm among them, as in WiSE-FT: they are measured,
    not trained, and those of the mixed network would have to be measured anew on images, which a checkpoint has none
    of. nnU-Net's own networks have InstanceNorm and so no statistics. Integers (BatchNorm's count) are those after.

    Args:
        before: weights by name.
        after: of the same names and shapes.
        factor: from 0 (before) to 1 (after).

    Raises:
        ValueError: for another factor, or weights of two networks.
    """
    require_factor(factor)
    found = mismatches(before, after)
    if found:
        raise ValueError(f"expected the weights of one network before and after training, got two: {some(found)}")
    return {key: _mixed(before[key], tensor, factor) for key, tensor in after.items()}


def require_factor(factor: float) -> None:
    """Refuse what is no share.

    Raises:
        ValueError: if it is not between 0 and 1.
    """
    if not 0 <= factor <= 1:
        raise ValueError(f"factor of averaging: expected a number from 0 (before) to 1 (after), got {factor}")


def average_checkpoints(before: str | Path, after: Path, factor: float, output: Path) -> None:
    """Write the checkpoint `after` with averaged weights; nnU-Net predicts with it by `-chk`.

    Args:
        before: what the training started from: a checkpoint, or a model as for `nnunet-spine finetune`.
        after: checkpoint of the training.
        factor: see `average_weights`.
        output: written, or replaced if it is an averaged one.

    Raises:
        ValueError: if the checkpoints are of two networks, or `output` is there and is no averaged one.
    """
    write_average(*weights_named(str(before)), after, factor, output)


def write_average(before: Weights, source: Path, after: Path, factor: float, output: Path) -> None:
    """The same with weights that were read before.

    Args:
        before: the weights that the training started from.
        source: where they come from, for messages and the record.
        after: see `average_checkpoints`, as the others.
        factor: see there.
        output: see there.

    Raises:
        ValueError: as there.
    """
    if output.exists() and STORED_AS not in read_checkpoint(output)["init_args"]:
        raise ValueError(f"{output} exists and holds no averaged weights; give another name")
    content = read_checkpoint(after)
    try:
        weights = average_weights(before, content["network_weights"], factor)
    except ValueError as error:
        raise ValueError(f"{source} and {after}: {error}") from None
    record = {"factor": factor, "before": str(source), "after": str(after.resolve())}
    averaged = {**content, "network_weights": weights, "init_args": {**content["init_args"], STORED_AS: record}}
    write_beside(output, lambda file: torch.save(averaged, file))


def factor_of(path: Path) -> float | None:
    """The factor that a checkpoint was averaged with; None if it was not."""
    record: dict[str, Any] | None = read_checkpoint(path)["init_args"].get(STORED_AS)
    return record["factor"] if record else None


def _mixed(before: torch.Tensor, after: torch.Tensor, factor: float) -> torch.Tensor:
    return torch.lerp(before, after, factor) if after.is_floating_point() else after.clone()
