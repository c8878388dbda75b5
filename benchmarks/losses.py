"""Time of losses, forward and backward, against nnU-Net's and a whole training step; distance maps against scipy's.

One thread, the rows in turns, so that a busy machine disturbs all alike; medians of processor time on a CPU, of wall
time on a GPU. The labels are sagittal: a column of vertebrae and discs before a canal.

    python benchmarks/losses.py [--draws 20] [--size 4 320 256] [--spacing 1 1] [--classes 4]
                                [--device cpu|cuda] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
from scipy.ndimage import distance_transform_edt
from torch import nn

from nnunet_spine import losses
from nnunet_spine.losses.boundary import FARTHEST
from nnunet_spine.losses.distance import signed_distance_of_classes
from nnunet_spine.networks import REPORT_WIDTHS, Topology, UNet

NNUNETS = "nnU-Net's Dice + CE"
STEP = "training step, report's network"
OURS, SCIPYS = "signed distance maps", "the same by scipy (CPU), without a farthest one"
LEVELS = 4
SPACING = {2: (1.0, 1.0), 3: (4.0, 1.0, 1.0)}
"""In 3D that of sagittal slices."""
POOLED = 2 ** (len(REPORT_WIDTHS) - 1)


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    args = parse(words)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    samples, *size = args.size
    labels = sagittal(samples, size, args.classes).to(args.device)
    times = measure(rows(labels, args.classes, args.spacing), args.draws, args.device)
    print("\n".join(table(times)))
    if args.json:
        figures = {"device": args.device, "size": args.size, "spacing": args.spacing, "ms": times}
        args.json.write_text(json.dumps(figures, indent=2) + "\n")


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=20, help="draws of each row (20)")
    parser.add_argument("--size", type=int, nargs="+", default=[4, 320, 256], help="samples and voxels along each axis")
    parser.add_argument("--spacing", type=float, nargs="+", help="of the voxels (2D: 1 1, 3D: 4 1 1)")
    parser.add_argument("--classes", type=int, default=4, help="classes, background included, at least 3 (4)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args(words)
    if wrong := _what_is_wrong(args):
        parser.error(wrong)
    args.spacing = tuple(args.spacing or SPACING[len(args.size) - 1])
    return args


def _what_is_wrong(args: argparse.Namespace) -> str | None:
    samples, *size = args.size
    if len(size) not in SPACING or samples < 1 or any(n < 1 or n % POOLED for n in size):
        return f"--size: expected samples and 2 or 3 multiples of {POOLED}, got {args.size}"
    if samples == 1 and set(size) == {POOLED}:
        return "--size: expected more than one sample of one voxel where the network is coarsest, for BatchNorm"
    if args.spacing and (len(args.spacing) != len(size) or not all(0 < mm < float("inf") for mm in args.spacing)):
        return f"--spacing: expected {len(size)} numbers above 0, got {args.spacing}"
    if args.classes < 3 or args.draws < 1:
        return f"expected 3 classes and 1 draw at least, got {args.classes} and {args.draws}"
    return None


def sagittal(samples: int, size: Sequence[int], classes: int) -> torch.Tensor:
    """Labels (B, 1, *S): vertebrae and discs from above to below, with classes in turns, behind them the canal."""
    height, width = (torch.linspace(0, 5.9, size[-2])[:, None], torch.linspace(-1, 1, size[-1]))
    image = torch.zeros(samples, *size[-2:], dtype=torch.int16)
    for sample in range(samples):
        place = width - 0.1 * torch.sin(height + sample)
        column, within = place.abs() < 0.17, height % 1
        level = (2 * height.floor()).long() % (classes - 2)
        image[sample] = torch.where(column & (within < 0.75), 1 + level, 0)
        image[sample] += torch.where(column & (within > 0.8), 1 + (level + 1) % (classes - 2), 0)
        image[sample] += torch.where((place > 0.22) & (place < 0.34), classes - 1, 0)
    depth = size[:-2]
    return image.view(samples, 1, *[1] * len(depth), *size[-2:]).expand(-1, -1, *size).contiguous()


def rows(labels: torch.Tensor, classes: int, spacing: Sequence[float]) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    overlap = losses.OverlapOptions(batch_dice=True)
    patch = labels.shape[2:]
    made = {
        NNUNETS: DC_and_CE_loss(
            {"batch_dice": True, "smooth": 1e-5, "do_bg": False, "ddp": False},
            {},
            dice_class=MemoryEfficientSoftDiceLoss,
        ),
        "cross entropy": losses.CrossEntropyLoss(),
        "focal": losses.FocalLoss(),
        "soft Dice": losses.SoftDiceLoss(overlap=overlap),
        "Tversky": losses.TverskyLoss(overlap=overlap),
        "focal Tversky": losses.FocalTverskyLoss(overlap=overlap),
        "DiceCE": losses.DiceCELoss(overlap=overlap),
        "FocalDice": losses.FocalDiceLoss(overlap=overlap),
        "Boundary": losses.RebalancedLoss(
            losses.DiceCELoss(overlap=overlap), losses.BoundaryLoss(spacing=spacing, patch_size=patch)
        ),
    }
    logits = torch.randn(len(labels), classes, *patch, device=labels.device)
    found = {name: passes(loss, logits, labels) for name, loss in made.items()}
    for name in (NNUNETS, "Boundary"):
        found[f"{name}, deep supervision"] = supervised(made[name], logits, labels)
    masks = labels == torch.arange(classes, device=labels.device).view(-1, *[1] * len(patch))
    found[OURS] = lambda: signed_distance_of_classes(masks, spacing, FARTHEST)
    found[SCIPYS] = scipys(masks[:, 1:].cpu(), spacing)
    found[STEP] = step(labels, classes)
    return found


def passes(loss: nn.Module, logits: torch.Tensor, labels: torch.Tensor) -> Callable[[], object]:
    """Forward and backward through a loss, each time with another tensor as target, as in training."""
    logits = logits.clone().requires_grad_()
    return lambda: torch.autograd.grad(loss(logits, labels.view_as(labels)), logits)


def supervised(loss: nn.Module, logits: torch.Tensor, labels: torch.Tensor) -> Callable[[], object]:
    """The same over outputs of deep supervision, each half as fine as the one before."""
    wrapped = DeepSupervisionWrapper(loss, [0.5**level for level in range(LEVELS)])
    steps = [(..., *[slice(None, None, 2**level)] * (logits.ndim - 2)) for level in range(LEVELS)]
    outputs = [logits[step].contiguous().requires_grad_() for step in steps]
    targets = [labels[step].contiguous() for step in steps]
    return lambda: torch.autograd.grad(wrapped(outputs, [target.view_as(target) for target in targets]), outputs)


def scipys(masks: torch.Tensor, spacing: Sequence[float]) -> Callable[[], object]:
    """Signed distance maps, mask by mask."""
    arrays = masks.flatten(0, 1).numpy()
    return lambda: [
        distance_transform_edt(~mask, sampling=spacing) - distance_transform_edt(mask, sampling=spacing)
        for mask in arrays
    ]


def step(labels: torch.Tensor, classes: int) -> Callable[[], object]:
    """A training step with nnU-Net's loss."""
    topology = Topology.regular(labels.ndim - 2, len(REPORT_WIDTHS))
    network = UNet(1, classes, REPORT_WIDTHS, topology).to(labels.device)
    image = torch.randn(labels.shape, device=labels.device)
    optimizer = torch.optim.Adam(network.parameters())
    dice = {"batch_dice": True, "smooth": 1e-5, "do_bg": False, "ddp": False}
    loss = DC_and_CE_loss(dice, {}, dice_class=MemoryEfficientSoftDiceLoss)

    def train() -> None:
        optimizer.zero_grad()
        loss(network(image), labels).backward()
        optimizer.step()

    return train


def measure(contenders: dict[str, Callable[[], object]], draws: int, device: str) -> dict[str, float]:
    """Median time of each (ms), after a warm-up."""
    gpu = device != "cpu"
    clock = time.perf_counter if gpu else time.process_time
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(1 + draws):
        for name, run in contenders.items():
            if gpu:
                torch.cuda.synchronize()
            start = clock()
            run()
            if gpu:
                torch.cuda.synchronize()
            times[name].append(1e3 * (clock() - start))
    return {name: median(each[1:]) for name, each in times.items()}


def table(times: dict[str, float]) -> list[str]:
    """The rows in Markdown; the share is of a step in which the loss takes the place of nnU-Net's."""
    rest = times[STEP] - times[NNUNETS]
    lines = ["| | ms | x nnU-Net's loss | share of a step |", "|---|---|---|---|"]
    for name, ms in times.items():
        compared = f"{ms / times[NNUNETS]:.2f} | {100 * ms / (rest + ms):.0f} %"
        lines.append(f"| {name} | {ms:.1f} | {compared if name not in (STEP, OURS, SCIPYS) else ' | '} |")
    return lines


if __name__ == "__main__":
    main()
