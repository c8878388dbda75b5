"""Time of scoring a case with 13 structures, against panoptica and MONAI, and against distance transforms.

One thread, the rows in turns, so that a busy machine disturbs all alike; medians of processor time. The case is a
drawn lumbar spine of six vertebrae, six discs and the canal. It is predicted closely (borders are off by half a voxel)
and poorly (by several voxels, with blobs far away).

    python benchmarks/evaluation.py [--draws 5] [--size 17 512 512] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from unittest.mock import patch

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from nnunet_spine.evaluation import surface
from nnunet_spine.evaluation.case import CaseScores, score_case
from nnunet_spine.labels import scheme_of

OURS, TRANSFORMS, PANOPTICA, MONAI = "ours", "ours, by scipy's distance transforms", "panoptica", "MONAI"
FIELD_MM = (68.0, 307.2, 307.2)
"""From left to right, back to front, foot to head: voxels of 4 x 0.6 x 0.6 mm at the usual size."""

LABELS = scheme_of("14class").dataset_labels()
STRUCTURES = 13
TOLERANCE_MM = 1.0
ERRORS_MM = {"close": 0.6, "poor": 3.0}
"""Standard deviation by which borders of a prediction are off."""

BLOBS = 3


@dataclass(frozen=True)
class Case:
    """Label maps (I, J, K) and the edges of their voxels."""

    reference: np.ndarray
    prediction: np.ndarray
    spacing_mm: tuple[float, ...]


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print."""
    args = parse(words)
    if not _peers_are_there():
        return 2
    figures = [figure for kind in ERRORS_MM for figure in compare(kind, case(args.size, kind), args.draws)]
    print("\n".join(table(figures)))
    if args.json:
        args.json.write_text(json.dumps({"size": args.size, "rows": figures}, indent=2) + "\n")
    return 0


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=5, help="draws of each row (5)")
    parser.add_argument("--size", type=int, nargs=3, default=[17, 512, 512], help="voxels along each axis (17 512 512)")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args(words)
    if args.draws < 1 or min(args.size) < 8:
        parser.error(f"expected 1 draw and 8 voxels along each axis at least, got {args.draws} and {args.size}")
    return args


def _peers_are_there() -> bool:
    try:
        import monai  # noqa: F401
        import panoptica  # noqa: F401
    except ImportError as error:
        print(f"{error}; what the benchmark compares with, in a clone: pip install '.[bench]'", file=sys.stderr)
        return False
    return True


def case(size: Sequence[int], kind: str) -> Case:
    """The drawn spine and a prediction of it, `close` or `poor`."""
    spacing_mm = tuple(mm / n for mm, n in zip(FIELD_MM, size, strict=True))
    reference = spine(size, spacing_mm)
    rng = np.random.default_rng(0)
    prediction = redrawn(reference, ERRORS_MM[kind], spacing_mm, rng)
    if kind == "poor":
        for _ in range(BLOBS):
            corner = [rng.integers(0, max(n - 8, 1)) for n in size]
            prediction[tuple(slice(k, k + 8) for k in corner)] = rng.integers(1, STRUCTURES + 1)
    return Case(reference, prediction, spacing_mm)


def spine(size: Sequence[int], spacing_mm: Sequence[float]) -> np.ndarray:
    """A label map of six vertebrae with arch and spinous process, the discs below them, and the canal behind."""
    axes = [(np.arange(n) - (n - 1) / 2) * mm for n, mm in zip(size, spacing_mm, strict=True)]
    right, front, up = np.meshgrid(*axes, indexing="ij")
    up += FIELD_MM[2] / 2 - 20
    front -= 15 * np.sin(up / 60)
    level, above = np.divmod(up, 42)
    column = (right / 24) ** 2 + (front / 17) ** 2 < 1
    arch = (abs(abs(right) - 13) < 5) & (abs(front + 23) < 13) & (above > 22) & (above < 36)
    process = (abs(right) < 5) & (abs(front + 48) < 14) & (above > 15) & (above < 33)
    canal = ((right / 11) ** 2 + ((front + 26) / 8) ** 2 < 1) & (up > 0) & (up < 260)
    within = (level >= 0) & (level < 6)
    bone = within & ((column & (above >= 10) & (above < 41)) | arch | process)
    disc = within & column & (above < 9)
    labels = np.select([bone, disc, canal], [1 + level, 7 + level, STRUCTURES])
    return labels.astype(np.uint8)


def redrawn(labels: np.ndarray, error_mm: float, spacing_mm: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """The same labels pulled to and fro by a smooth random field."""
    places = np.indices(labels.shape, dtype=np.float32)
    for axis, (n, mm) in enumerate(zip(labels.shape, spacing_mm, strict=True)):
        field = gaussian_filter(rng.standard_normal(labels.shape, dtype=np.float32), [12 / edge for edge in spacing_mm])
        places[axis] += field * (error_mm / mm / field.std())
        places[axis].clip(0, n - 1, out=places[axis])
    return labels[tuple(np.rint(places).astype(int))]


def compare(kind: str, example: Case, draws: int) -> list[dict[str, object]]:
    """Time every package on a case, and see how far its Dice and HD are from ours."""
    run = ours(example)
    rows = {OURS: run, TRANSFORMS: by_transforms(run), PANOPTICA: panopticas(example), MONAI: monais(example)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        means = {name: each() for name, each in rows.items()}
        seconds = measure(rows, draws)
    return [
        {
            "case": kind,
            "name": name,
            "seconds": seconds[name],
            "times_ours": seconds[name] / seconds[OURS],
            "dice": means[name][0],
            "hd_mm": means[name][1],
        }
        for name in rows
    ]


def ours(example: Case) -> Callable[[], tuple[float, float]]:
    """All metrics, volumes and counts of 13 structures and 3 groups, and the matching of 12 instances."""

    def run() -> tuple[float, float]:
        scores = score_case(example.reference, example.prediction, example.spacing_mm, LABELS, TOLERANCE_MM)
        return _means(scores)

    return run


def _means(scores: CaseScores) -> tuple[float, float]:
    single = scores.structures[:STRUCTURES]
    return float(np.mean([one.dice for one in single])), float(np.mean([one.hd_mm for one in single]))


def by_transforms(run: Callable[[], tuple[float, float]]) -> Callable[[], tuple[float, float]]:
    """The same, with distances of whole boxes in place of the search from voxel to voxel."""

    def to_nearest(voxels: np.ndarray, others: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
        return distance_transform_edt(~others, sampling=spacing_mm)[voxels]

    def exchanged() -> tuple[float, float]:
        with patch.object(surface, "_to_nearest", to_nearest):
            return run()

    return exchanged


def panopticas(example: Case) -> Callable[[], tuple[float, float]]:
    """Dice, IoU, ASSD, HD, HD95, NSD of 13 instances that count as matched by their label."""
    from panoptica import InputType, Metric, Panoptica_Evaluator
    from panoptica.utils.citation_reminder import disable_citation_reminder

    disable_citation_reminder()
    metrics = [Metric.DSC, Metric.IOU, Metric.ASSD, Metric.HD, Metric.HD95, Metric.NSD]
    evaluator = Panoptica_Evaluator(InputType.MATCHED_INSTANCE, instance_metrics=metrics, global_metrics=[])

    def run() -> tuple[float, float]:
        (found,) = evaluator.evaluate(
            example.prediction, example.reference, voxelspacing=example.spacing_mm, verbose=False
        ).values()
        return float(found.sq_dsc), float(found.sq_hd)

    return run


def monais(example: Case) -> Callable[[], tuple[float, float]]:
    """Dice, IoU, ASSD, HD, HD95, NSD of 13 classes, by one function each."""
    import torch
    from monai import metrics

    torch.set_num_threads(1)
    spacing = {"spacing": example.spacing_mm}

    def run() -> tuple[float, float]:
        pair = [
            torch.nn.functional.one_hot(torch.from_numpy(one).long(), STRUCTURES + 1).movedim(-1, 0)[None].bool()
            for one in (example.prediction, example.reference)
        ]
        dice = metrics.compute_dice(*pair, include_background=False)
        metrics.compute_iou(*pair, include_background=False)
        metrics.compute_average_surface_distance(*pair, symmetric=True, **spacing)
        metrics.compute_surface_dice(*pair, class_thresholds=[TOLERANCE_MM] * STRUCTURES, **spacing)
        metrics.compute_hausdorff_distance(*pair, percentile=95, **spacing)
        hd_mm = metrics.compute_hausdorff_distance(*pair, **spacing)
        return dice.mean().item(), hd_mm.mean().item()

    return run


def measure(rows: dict[str, Callable[[], object]], draws: int) -> dict[str, float]:
    """Median processor time of each (s)."""
    times: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(draws):
        for name, run in rows.items():
            start = time.process_time()
            run()
            times[name].append(time.process_time() - start)
    return {name: median(each) for name, each in times.items()}


def table(figures: Sequence[dict[str, object]]) -> list[str]:
    """The rows in Markdown."""
    lines = ["| prediction | | s | x ours | mean Dice | mean HD (mm) |", "|---|---|---|---|---|---|"]
    for row in figures:
        values = f"{row['seconds']:.3f} | {row['times_ours']:.1f} | {row['dice']:.4f} | {row['hd_mm']:.3f}"
        lines.append(f"| {row['case']} | {row['name']} | {values} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
