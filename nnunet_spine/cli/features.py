"""`nnunet-spine features`: in which layer of a network domains separate, and for which structure."""

from __future__ import annotations

import argparse
from pathlib import Path

from nnunet_spine.cli.device import add_device


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "features",
        help="find out in which layer of a trained network domains (T1, T2, scanners) separate, for which structure",
        description="Run a trained network on images of two or more domains, take the mean activation of every channel "
        "over every structure, and tell for each layer how well the domains can be told apart: features.npz, "
        "separation.csv, and figures. The unit is the patient.",
    )
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="folder of a fold of a trained model, a checkpoint in it, a zip file of one fold, or an installed model",
    )
    _add_data(parser)
    parser.add_argument(
        "--layers", nargs="+", default=[], metavar="NAME", help="names or patterns (default: the stages)"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list-layers", action="store_true", help="print the layers of the model, and end")
    what.add_argument("--output", type=Path, metavar="DIR", help="folder of the results")
    parser.add_argument("--overwrite", action="store_true", help="replace earlier results")
    parser.add_argument("--embedding", default="umap", choices=("umap", "tsne", "none"), help="default: umap")
    parser.add_argument("--permutations", type=int, default=199, metavar="N", help="to tell chance (default: 199)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of permutations and embedding (default: 0)")
    add_device(parser)
    parser.set_defaults(run=run)


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--images",
        nargs="+",
        default=[],
        metavar="NAME=FOLDER",
        help="domains, prepared as for nnUNetv2_predict (CASE_0000.nii.gz); NAME='FOLDER/*_t1' for some cases of one",
    )
    parser.add_argument(
        "--references",
        nargs="+",
        default=[],
        metavar="[NAME=]FOLDER",
        help="label maps that say where structures are: one folder, or one for each domain (default: what the model "
        "predicts)",
    )
    parser.add_argument(
        "--structures", nargs="+", default=[], metavar="NAME", help="labels of the model (default: all)"
    )
    parser.add_argument(
        "--slices", type=int, metavar="N", help="of a 2d model: only N in the middle of every image (default: all)"
    )
    parser.add_argument(
        "--unseen", type=Path, metavar="SPLITS", help="splits_final.json: leave out patients of the fold's training"
    )


def run(args: argparse.Namespace) -> None:
    """List layers, or find out."""
    import logging
    import sys

    from nnunet_spine.features.domains import parse_domains
    from nnunet_spine.features.layers import listing
    from nnunet_spine.features.model import load_network
    from nnunet_spine.features.run import FeatureOptions, features
    from nnunet_spine.features.separation import Chance
    from nnunet_spine.features.summary import summary

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    if args.list_layers:
        print(listing(load_network(args.model, args.device).layers()))
        return
    options = FeatureOptions(
        layers=args.layers,
        structures=args.structures,
        slices=args.slices,
        unseen=args.unseen,
        embedding=args.embedding,
        chance=Chance(args.permutations, args.seed),
        device=args.device,
        command=args.typed,
    )
    found = features(args.model, parse_domains(args.images, args.references), args.output, options, args.overwrite)
    print(summary(found))
    print(f"Written: {args.output}")
