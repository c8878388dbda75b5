"""Half the precision within a network, where it is on a CPU."""

from __future__ import annotations

import functools

import torch
from torch import nn

Outputs = torch.Tensor | list[torch.Tensor] | tuple[torch.Tensor, ...]


def compute_in_bf16(network: nn.Module) -> nn.Module:
    """Let a network on a CPU compute in bfloat16; its weights, inputs and outputs stay float32.

    Channels are stored last, as the matrix units of CPUs read them. The state dict keeps its names and shapes, so that
    checkpoints are those of the network as it was.

    Args:
        network: in 2D or 3D, of one input (B, C, *S) and one output or several; it is changed.

    Returns:
        The same network.
    """
    forward = network.forward

    @functools.wraps(forward)
    def in_bf16(x: torch.Tensor) -> Outputs:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs = forward(x.contiguous(memory_format=_channels_last(x)))
        return outputs.float() if isinstance(outputs, torch.Tensor) else type(outputs)(y.float() for y in outputs)

    for parameter in network.parameters():
        if parameter.ndim in (4, 5):
            parameter.data = parameter.data.contiguous(memory_format=_channels_last(parameter))
    network.forward = in_bf16
    return network


def _channels_last(x: torch.Tensor) -> torch.memory_format:
    return torch.channels_last if x.ndim == 4 else torch.channels_last_3d
