"""The predictions of one fold of a model on the cases of a test that it has not seen.

    python -m nnunet_spine.steps.predict MODEL/fold_0 -chk checkpoint_final.pth --data RAW_DATASET --cases CASES
        --output OUT [--sequences t1] [--trained-on PREPROCESSED_DATASET RAW_DATASET] [--images DEGRADED] --threads 4

CASES gets links to images and references of the cases that are predicted: those of patients that the fold was not
trained on. The images are those, or others of the same names.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from nnunet_spine.plumbing.datasets import read_raw_dataset
from nnunet_spine.plumbing.names import FINAL, FOLD
from nnunet_spine.steps.cases import IMAGES, labelled_cases, lay
from nnunet_spine.steps.entry import run_as_program
from nnunet_spine.steps.processes import end_forks_with_this_process
from nnunet_spine.steps.unseen import TrainedOn, unseen_cases


def main(argv: Sequence[str] | None = None) -> None:
    """Predict."""
    parser = argparse.ArgumentParser(description="Predict the unseen cases of a test.")
    parser.add_argument("model", type=Path, help="folder of a fold of a trained model")
    parser.add_argument("-chk", default=FINAL, metavar="CHECKPOINT", help="name of its file there")
    parser.add_argument("--data", type=Path, required=True, help="folder of the raw data set of the test")
    parser.add_argument("--cases", type=Path, required=True, help="gets links to the cases")
    parser.add_argument("--output", type=Path, required=True, help="gets the predictions")
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
    parser.add_argument("--images", type=Path, help="folder of other images of the cases (default: the data set's)")
    parser.add_argument("--threads", type=int, default=1, help="of torch on the CPU, and processes")
    parser.add_argument("-device", default="cuda", choices=("cpu", "cuda", "mps"))
    args = parser.parse_args(argv)
    os.environ.setdefault("nnUNet_def_n_proc", str(args.threads))  # nnU-Net reads it when it is imported
    dataset = read_raw_dataset(args.data)
    trained_on = [TrainedOn(*folders, fold=args.model.name.removeprefix(FOLD)) for folders in args.trained_on]
    cases = unseen_cases(labelled_cases(dataset, args.sequences), trained_on, dataset.folder)
    lay(cases, dataset, args.cases)
    print(f"{len(cases)} cases", flush=True)
    end_forks_with_this_process()

    import torch

    from nnunet_spine.steps.predictor import Predictor, require_same_kind

    on_cpu = args.device == "cpu"
    torch.set_num_threads(args.threads if on_cpu else 1)
    checkpoint = args.model / args.chk
    # On the CPU, workers would take the cores from the network.
    predictor = Predictor([checkpoint], args.device, workers=0 if on_cpu else max(1, args.threads // 2))
    require_same_kind(predictor.host.dataset_json, dataset.description, str(checkpoint))
    predictor.predict(args.images or args.cases / IMAGES, sorted(case.name for case in cases), args.output)


if __name__ == "__main__":
    run_as_program(main)
