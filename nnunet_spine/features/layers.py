"""Layers of a network in the order in which they run, found by watching it run; and which of them to look at."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise

import torch
from torch import nn

_STAGES = "stages"
"""What nnU-Net's library and our networks call the list of an encoder's or a decoder's blocks."""


@dataclass(frozen=True)
class Layer:
    """A module that gives one map of features.

    Attributes:
        name: of the module, as PyTorch has it.
        kind: its class.
        channels: of its output.
        size: of its output along each axis, for an input of the plan's patch size.
        leaf: whether it has no modules in it.
    """

    name: str
    kind: str
    channels: int
    size: tuple[int, ...]
    leaf: bool


def trace(network: nn.Module, image: torch.Tensor) -> list[Layer]:
    """Every layer of a network in the order in which they end; one that runs again keeps its last place.

    Args:
        network: in its state of prediction.
        image: (1, C, [D,] H, W) to run it on.
    """
    found: dict[str, Layer] = {}

    def note(name: str, module: nn.Module, output: torch.Tensor) -> None:
        found.pop(name, None)
        leaf = next(module.children(), None) is None
        found[name] = Layer(name, type(module).__name__, output.shape[1], tuple(output.shape[2:]), leaf)

    names = [name for name, _ in network.named_modules() if name]
    with watching(network, names, note), torch.inference_mode():
        network(image)
    return [layer for layer in found.values() if len(layer.size) == image.dim() - 2]


def watching(
    network: nn.Module, names: Iterable[str], see: Callable[[str, nn.Module, torch.Tensor], None]
) -> ExitStack:
    """Context in which a function is called with the output of every named module as soon as it is there.

    At once, since the next module may change it in place. Outputs that are no single tensor are passed over.
    """

    def hook_of(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, torch.Tensor):
                see(name, module, output)

        return hook

    stack = ExitStack()
    for name in names:
        handle = network.get_submodule(name).register_forward_hook(hook_of(name))
        stack.callback(handle.remove)
    return stack


def default_layers(layers: Sequence[Layer]) -> list[Layer]:
    """A layer for every stage of the encoder, the bottleneck, and every stage of the decoder.

    These are the blocks in lists called `stages`. In a network that has none: the last module of each run of modules
    whose outputs have one size.
    """
    stages = [layer for layer in layers if layer.name.split(".")[-2:-1] == [_STAGES]]
    if stages:
        return stages
    leaves = [layer for layer in layers if layer.leaf]
    return [layer for layer, after in pairwise([*leaves, None]) if after is None or after.size != layer.size]


def choose_layers(layers: Sequence[Layer], wanted: Sequence[str]) -> list[Layer]:
    """Layers by names or patterns (`decoder.stages.*`), in the order in which they run; without any the default.

    Raises:
        ValueError: if one fits no layer.
    """
    if not wanted:
        return default_layers(layers)
    names = [layer.name for layer in layers]
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in names):
            near = difflib.get_close_matches(pattern, names, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "see --list-layers"
            raise ValueError(f"--layers: {pattern}: no layer is called so; {hint}")
    return [layer for layer in layers if any(fnmatchcase(layer.name, pattern) for pattern in wanted)]


def listing(layers: Sequence[Layer]) -> str:
    """Layers as text, a line each; those of the default have a star."""
    stars = {layer.name for layer in default_layers(layers)}
    width = max(len(layer.name) for layer in layers)
    return "\n".join(
        f"{'*' if layer.name in stars else ' '} {layer.name:<{width}}  {layer.channels:>4} x "
        f"{'x'.join(map(str, layer.size)):<12} {layer.kind}"
        for layer in layers
    )


def short_names(names: Sequence[str]) -> list[str]:
    """Names without the words that say nothing more to who sees them in a row: `encoder.stages.0` is `encoder 0`."""
    short = [" ".join(part for part in name.split(".") if part != _STAGES) for name in names]
    return short if len(set(short)) == len(names) else list(names)
