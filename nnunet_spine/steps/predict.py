"""The predictions of one fold of a model on a test, images as acquired and degraded, by a network that is loaded once.

    python -m nnunet_spine.steps.predict MODEL/fold_0 -chk checkpoint_final.pth --data RAW_DATASET --cases CASES
        --output OUT [--sequences t1] [--trained-on PREPROCESSED_DATASET RAW_DATASET] [--degraded FOLDER] --threads 4

CASES gets links to images and references of the cases that are predicted: those of patients that the fold was not
trained on. OUT gets a folder of predictions as acquired, and one for every folder of degraded images, under its name.
A folder that is whole is not predicted again.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nnunet_spine.plumbing.datasets import RawDataset, read_raw_dataset
from nnunet_spine.plumbing.files import read_json, write_text
from nnunet_spine.steps.cases import IMAGES, LabelledCase, labelled_cases, lay
from nnunet_spine.steps.entry import run_as_program
from nnunet_spine.steps.processes import end_forks_with_this_process
from nnunet_spine.steps.unseen import TrainedOn, unseen_cases

AS_ACQUIRED = "as_acquired"
WHOLE = "whole.json"
"""Written last into a folder of predictions: of which cases they are, and by which checkpoint."""


def main(argv: Sequence[str] | None = None) -> None:
    """Predict."""
    parser = argparse.ArgumentParser(description="Predict the unseen cases of a test under several conditions.")
    parser.add_argument("model", type=Path, help="folder of a fold of a trained model")
    parser.add_argument("-chk", default="checkpoint_final.pth", metavar="CHECKPOINT", help="name of its file there")
    parser.add_argument("--data", type=Path, required=True, help="folder of the raw data set of the test")
    parser.add_argument("--cases", type=Path, required=True, help="gets links to the cases")
    parser.add_argument("--output", type=Path, required=True, help="gets a folder of predictions for each condition")
    parser.add_argument("--sequences", nargs="+", default=(), help="only these (default: all)")
    parser.add_argument(
        "--trained-on",
        nargs=2,
        type=Path,
        action="append",
        default=[],
        metavar=("PREPROCESSED", "RAW"),
        help="data sets of the same patients that the fold was trained on",
    )
    parser.add_argument("--degraded", type=Path, action="append", default=[], help="folder of degraded images")
    parser.add_argument("--threads", type=int, default=1, help="of torch on the CPU, and processes")
    parser.add_argument("-device", default="cuda", choices=("cpu", "cuda", "mps"))
    args = parser.parse_args(argv)
    os.environ.setdefault("nnUNet_def_n_proc", str(args.threads))  # nnU-Net reads it when it is imported
    dataset = read_raw_dataset(args.data)
    trained_on = [TrainedOn(*folders, fold=args.model.name.removeprefix("fold_")) for folders in args.trained_on]
    cases = unseen_cases(labelled_cases(dataset, args.sequences), trained_on, dataset.folder)
    lay(cases, dataset, args.cases)
    folders = {AS_ACQUIRED: args.cases / IMAGES} | {folder.name: folder for folder in args.degraded}
    predict(args.model / args.chk, cases, dataset, folders, args.output, args.threads, args.device)


def predict(
    checkpoint: Path,
    cases: Sequence[LabelledCase],
    dataset: RawDataset,
    folders: dict[str, Path],
    output: Path,
    threads: int,
    device: str,
) -> None:
    """Predict cases in every folder of images that is not predicted yet.

    Args:
        checkpoint: in the folder of a fold.
        cases: to predict.
        dataset: that they are of.
        folders: of images by the names of the folders of predictions.
        output: for these.
        threads: of torch on the CPU; processes that read and write on a GPU.
        device: torch device type.
    """
    record = {"checkpoint": str(checkpoint), "cases": sorted(case.name for case in cases)}
    left = {name: images for name, images in folders.items() if not _is_whole(output / name / WHOLE, record)}
    print(f"{len(cases)} cases, {len(left)} of {len(folders)} conditions left", flush=True)
    if not left:
        return
    end_forks_with_this_process()

    from nnunet_spine.steps.predictor import Predictor

    predictor = Predictor(checkpoint, dataset.description, threads, device)
    for name, images in left.items():
        print(f"{name}: {images}", flush=True)
        predictor.predict(images, record["cases"], output / name)
        write_text(output / name / WHOLE, json.dumps(record, indent=1))


def _is_whole(path: Path, record: dict[str, Any]) -> bool:
    return path.is_file() and read_json(path) == record


if __name__ == "__main__":
    run_as_program(main)
