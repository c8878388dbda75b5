"""`nnunet-spine predict`: images -> segmentations, with the model that is installed with the package or your own."""

from __future__ import annotations

import argparse
from pathlib import Path

from nnunet_spine.cli.device import add_device


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "predict",
        help="segment images of any format by a trained model",
        description="Segment lumbar spine MRI: .mha, .nrrd, .nii, .nii.gz or DICOM in, CASE.nii.gz out, which lies "
        "over the image. Problems of all images are reported at once, before anything is predicted (exit code 2); one "
        "that cannot be predicted then is named at the end (exit code 2 too), and the others have their answers. "
        "Answers of the same image and model that are there are kept, so a run that was stopped goes on by the same "
        "command. Not for clinical use.",
    )
    parser.add_argument(
        "images", type=Path, nargs="+", metavar="IMAGE", help="an image, a folder of images, or one with DICOM series"
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="folder; for one image also a file .nii.gz"
    )
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="name of an installed model, a file of nnunet-spine export, the folder of a trained model or of one of "
        "its folds, or a checkpoint (default: the model that is installed with this package)",
    )
    add_device(parser)
    parser.add_argument("--threads", type=int, metavar="N", help="on the CPU (default: all cores)")
    parser.add_argument(
        "--no-mirroring",
        "--disable_tta",
        dest="mirroring",
        action="store_false",
        help="predict once where the model would be asked for mirrored images too",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace what this command wrote before; never images or other files"
    )
    parser.add_argument("--preview", action="store_true", help="draw three slices of every answer, CASE.png")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Predict."""
    import warnings

    from nnunet_spine.plumbing.stopping import interruptible
    from nnunet_spine.prediction import Prediction, predict_images

    warnings.simplefilter("ignore")  # those of torch and nnU-Net, which no user of this command can act on
    asked = {name: value for name, value in vars(args).items() if name in Prediction.__dataclass_fields__}
    with interruptible():
        predict_images(Prediction(**asked))
