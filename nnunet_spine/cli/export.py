"""`nnunet-spine export`: a trained model -> one small file."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "export",
        help="make one small file of a trained model",
        description="Write what prediction needs of a trained model into one file, which nnunet-spine predict --model "
        "takes and nnUNetv2_install_pretrained_model_from_zip installs: weights, plans, names of the labels, settings "
        "of synthesis; no state of the optimizer, no paths of this machine.",
    )
    parser.add_argument(
        "model",
        type=Path,
        nargs="+",
        metavar="MODEL",
        help="folder of a trained model (all folds whose training has ended), folders of its folds, or a checkpoint "
        "in one",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.zip", help="replaced if it is there")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the file."""
    from nnunet_spine.dataset_conversion.provenance import sha256_of
    from nnunet_spine.plumbing.names import FINAL
    from nnunet_spine.prediction.export import export_model

    made = export_model(args.model, args.output)
    size, digest = args.output.stat().st_size / 1e6, sha256_of([args.output])
    print(f"{args.output}: {', '.join(made.folds)}; {size:.2f} MB, SHA-256 {digest}")
    if made.unfinished:
        print(f"warning: left out, because they have no {FINAL}: {', '.join(made.unfinished)}")
