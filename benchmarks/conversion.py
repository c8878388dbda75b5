"""Conversion against the bare reads and writes of the same files, and its scaling with processes.

The bare run reads every image and mask by SimpleITK and writes the arrays that the converter wrote, by nibabel with the
same compression: what no converter can do without. The aim is at most 1.3 times that on one process.

    python benchmarks/conversion.py [SPIDER_DIR] [--processes 2] [--repeats 3] [--json FILE]

Without a folder, input of the size of SPIDER's median series is made up.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK as sitk  # noqa: N813

from nnunet_spine.dataset_conversion import convert_spider
from nnunet_spine.dataset_conversion.volume import Volume
from nnunet_spine.dataset_conversion.writing import write_nifti
from nnunet_spine.labels import CANAL_VALUE, DISC_OFFSET

SHAPE_XYZ, SPACING_MM, CASES = (24, 448, 448), (3.325, 0.625, 0.625), 8


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", type=Path, help="a SPIDER folder; made up if not given")
    parser.add_argument("--processes", type=int, default=2, help="for the scaling (2)")
    parser.add_argument("--repeats", type=int, default=3, help="the fastest run counts (3)")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = args.source or make_input(Path(scratch) / "spider")
        figures = measure(source, Path(scratch), args.processes, args.repeats)
    for key, value in figures.items():
        print(f"{key:32s}{value:10.3f}" if isinstance(value, float) else f"{key:32s}{value:10d}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n")


def measure(source: Path, scratch: Path, processes: int, repeats: int) -> dict[str, float | int]:
    """Fastest times in seconds, alternating so that a busy machine disturbs all alike."""
    bare, ours, parallel = [], [], []
    for _ in range(repeats):
        with fresh_folders(scratch) as convert:
            ours.append(timed(lambda convert=convert: convert(source, 1)))
            bare.append(bare_run(source, next((scratch / "raw").glob("Dataset*")), scratch))
        with fresh_folders(scratch) as convert:
            parallel.append(timed(lambda convert=convert: convert(source, processes)))
    (wall, cpu), (bare_wall, bare_cpu) = np.min(ours, axis=0), np.min(bare, axis=0)
    together = min(run[0] for run in parallel)
    return {
        "cases": sum(1 for _ in (source / "images").glob("*.mha")),
        "bare_s": float(bare_wall),
        "converter_s": float(wall),
        "ratio": float(wall / bare_wall),
        "ratio_of_cpu_time": float(cpu / bare_cpu),
        "processes": processes,
        "converter_parallel_s": together,
        "speed_up": float(wall / together),
    }


@contextmanager
def fresh_folders(scratch: Path) -> Iterator[Callable[[Path, int], Path]]:
    """Empty nnU-Net folders, and the conversion into them."""
    folders = [scratch / "raw", scratch / "preprocessed"]
    os.environ.update(nnUNet_raw=str(folders[0]), nnUNet_preprocessed=str(folders[1]))
    yield lambda source, processes: convert_spider(source, 501, processes=processes)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Wall time and CPU time of this process, in seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    with redirect_stderr(StringIO()):
        run()
    return time.perf_counter() - wall, time.process_time() - cpu


def bare_run(source: Path, dataset: Path, scratch: Path) -> tuple[float, float]:
    """Time of the reads and writes alone; what is written is loaded outside the measured time."""
    total = np.zeros(2)
    for output in sorted(dataset.glob("images*/*.nii.gz")):
        case = output.name.removesuffix("_0000.nii.gz")
        label = output.parent.parent / output.parent.name.replace("images", "labels") / f"{case}.nii.gz"
        volumes = [load(output), load(label)]

        def run(case: str = case, volumes: list[Volume] = volumes) -> None:
            for folder, volume in zip(("images", "masks"), volumes, strict=True):
                sitk.GetArrayFromImage(sitk.ReadImage(str(source / folder / f"{case}.mha")))
                write_nifti(scratch / "bare.nii.gz", volume)

        total += timed(run)
    return float(total[0]), float(total[1])


def load(path: Path) -> Volume:
    """A written volume as it was in memory."""
    image = nib.load(path)
    return Volume(np.asfortranarray(image.dataobj), image.affine)


def make_input(root: Path) -> Path:
    """A SPIDER folder with `CASES` series whose files compress about as real ones do."""
    rng = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    names = [f"{case}_t1" for case in range(1, CASES + 1)]
    for name in names:
        coarse = sitk.GetImageFromArray(rng.random((28, 28, 6), np.float32) * 800)
        size = [n / m for n, m in zip(SHAPE_XYZ, (6, 28, 28), strict=True)]
        smooth = sitk.Resample(
            coarse, SHAPE_XYZ, sitk.Transform(), sitk.sitkBSpline, (0, 0, 0), [1 / s for s in size], np.eye(3).ravel()
        )
        noisy = sitk.GetArrayFromImage(smooth) + rng.normal(0, 15, SHAPE_XYZ[::-1])
        save(np.clip(noisy, 0, 4095).astype(np.int16) - 1000, root / "images" / f"{name}.mha")
        save(blocks(), root / "masks" / f"{name}.mha")
    rows = "\r\n".join(f"{name},training" for name in names)
    (root / "overview.csv").write_text(f"new_file_name,subset\r\n{rows}\r\n")
    return root


def blocks() -> np.ndarray:
    """A mask of seven block vertebrae with discs and a canal behind them."""
    mask = np.zeros(SHAPE_XYZ[::-1], np.uint8)
    # The last axis of an LPS volume, the first of its array, runs upwards: the lowest vertebra comes first.
    for level in range(1, 8):
        bottom = 55 * level - 40
        mask[bottom + 10 : bottom + 50, 180:260, 6:-6] = level
        mask[bottom : bottom + 10, 180:260, 6:-6] = DISC_OFFSET + level
    mask[10:440, 265:290, 9:-9] = CANAL_VALUE
    return mask


def save(data: np.ndarray, path: Path) -> None:
    """Write a compressed .mha in LPS."""
    image = sitk.GetImageFromArray(data)
    image.SetSpacing(SPACING_MM)
    sitk.WriteImage(image, str(path), True)


if __name__ == "__main__":
    main()
