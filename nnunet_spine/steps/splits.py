"""Folds of a raw data set for nnU-Net: those that it has, or new ones in which no patient is on both sides.

python -m nnunet_spine.steps.splits RAW_DATASET PREPROCESSED_DATASET [--given splits_final.json --digest SHA256]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from nnunet_spine.dataset_conversion.provenance import sha256_of
from nnunet_spine.dataset_conversion.splits import SPLITS, SplitCase, Splits, make_splits, read_splits
from nnunet_spine.dataset_conversion.writing import write_json
from nnunet_spine.plumbing.datasets import read_raw_dataset
from nnunet_spine.steps.cases import LabelledCase, labelled_cases
from nnunet_spine.steps.entry import run_as_program


def main(argv: Sequence[str] | None = None) -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description="Put splits where nnU-Net looks for them.")
    parser.add_argument("raw", type=Path, help="folder of the raw data set")
    parser.add_argument("folder", type=Path, help="folder of the preprocessed data set")
    parser.add_argument("--given", type=Path, help=f"{SPLITS} to use (default: that of the raw data set, else made)")
    parser.add_argument("--digest", default="", metavar="SHA256", help="beginning of that of the file that is meant")
    args = parser.parse_args(argv)
    splits, by = splits_of(args.raw, args.given, args.digest)
    args.folder.mkdir(parents=True, exist_ok=True)
    write_json(args.folder / SPLITS, splits)
    print(f"{args.folder / SPLITS}: {len(splits)} folds, {by}")


def splits_of(raw: Path, given: Path | None = None, digest: str = "") -> tuple[Splits, str]:
    """The folds, and where they come from, in words.

    Args:
        raw: folder of the raw data set.
        given: file to use whatever the data set has.
        digest: beginning of the SHA-256 that the given file had when it was chosen.

    Raises:
        ValueError: if the given file is gone or has changed, a file holds no folds, or there is none and fewer than
            two patients to split.
    """
    if given is not None:
        _require_same(given, digest)
    file = given or raw / SPLITS
    if file.is_file():
        return read_splits(file), f"as in {file}"
    cases = [case for case in labelled_cases(read_raw_dataset(raw)) if case.is_training]
    splits = splits_by_patient(cases)
    if splits is None:
        raise ValueError(f"{raw}: expected training cases of two patients or more to make folds of, got {len(cases)}")
    return splits, "by patient"


def splits_by_patient(cases: Iterable[LabelledCase]) -> Splits | None:
    """New folds of training cases; None for fewer than two patients."""
    return make_splits([SplitCase(case.name, case.patient, case.sequence) for case in cases])


def _require_same(file: Path, digest: str) -> None:
    if not file.is_file():
        raise ValueError(f"{file}: expected the folds that the experiment began with, there is no file; run it again")
    if not sha256_of([file]).startswith(digest):
        raise ValueError(f"{file}: its folds are not those that the experiment began with; run it again")


if __name__ == "__main__":
    run_as_program(main)
