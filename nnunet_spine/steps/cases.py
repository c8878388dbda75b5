"""Labelled cases of a raw data set, training and test part, laid together as nnU-Net's inputs and references.

python -m nnunet_spine.steps.cases RAW_DATASET OUT [--sequences t1 t2]
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.dataset_conversion.manifest import recorded_patients
from nnunet_spine.plumbing.datasets import RawCase, RawDataset, read_raw_dataset
from nnunet_spine.plumbing.wording import listed
from nnunet_spine.steps.entry import run_as_program
from nnunet_spine.steps.links import link
from nnunet_spine.training.patients import patients_of
from nnunet_spine.training.sequences import split_at_sequence

IMAGES, LABELS = "images", "labels"
"""Folders that the cases are laid into; dataset.json goes beside them."""


@dataclass(frozen=True)
class LabelledCase:
    """A case with a reference.

    Attributes:
        files: its files.
        patient: whose it is.
        sequence: what it shows; empty where nothing tells.
        is_training: whether it is of the training part.
    """

    files: RawCase
    patient: str
    sequence: str
    is_training: bool

    @property
    def name(self) -> str:
        """The case's identifier."""
        return self.files.name


def main(argv: Sequence[str] | None = None) -> None:
    """Lay them."""
    parser = argparse.ArgumentParser(description="Links to all labelled cases of a raw data set.")
    parser.add_argument("raw", type=Path, help="folder of the raw data set")
    parser.add_argument("folder", type=Path, help=f"gets the folders {IMAGES} and {LABELS}")
    parser.add_argument("--sequences", nargs="+", default=(), help="only these (default: all)")
    args = parser.parse_args(argv)
    dataset = read_raw_dataset(args.raw)
    cases = labelled_cases(dataset, args.sequences)
    lay(cases, dataset, args.folder)
    print(f"{args.folder}: {len(cases)} cases")


def labelled_cases(dataset: RawDataset, sequences: Collection[str] = ()) -> list[LabelledCase]:
    """The labelled cases of both parts.

    Args:
        dataset: the raw data set.
        sequences: to take, as the record of the conversion has them, or the names of the cases; all without.

    Raises:
        ValueError: if there are none, or a case is in both parts.
    """
    parts = ((True, dataset.cases() if dataset.has_training else ()), (False, dataset.test_cases()))
    files = [(case, is_training) for is_training, some in parts for case in some]
    names = [case.name for case, _ in files]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{dataset.folder}: cases in imagesTr and in imagesTs: {listed(twice)}")
    cases = _labelled(dataset, files)
    chosen = [case for case in cases if not sequences or case.sequence in sequences]
    if not chosen:
        there = listed(sorted({case.sequence or "unknown" for case in cases})) or "no cases"
        of = f" of {', '.join(sequences)}" if sequences else ""
        raise ValueError(f"{dataset.folder}: expected labelled cases{of}, got {there}")
    return chosen


def training_cases(dataset: RawDataset) -> list[LabelledCase]:
    """Those of the training part, which folds are made of; none where the data set is for tests only.

    Raises:
        ValueError: if a file of one is missing.
    """
    return _labelled(dataset, [(case, True) for case in (dataset.cases() if dataset.has_training else ())])


def lay(cases: Sequence[LabelledCase], dataset: RawDataset, folder: Path) -> None:
    """Make links to the files of cases in a folder, which holds no others afterwards."""
    ending = dataset.description["file_ending"]
    for name in (IMAGES, LABELS):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    for case in cases:
        for channel, image in enumerate(case.files.images):
            link(folder / IMAGES / f"{case.name}_{channel:04d}{ending}", image)
        link(folder / LABELS / f"{case.name}{ending}", case.files.label)
    shutil.copyfile(dataset.folder / "dataset.json", folder / "dataset.json")


def _labelled(dataset: RawDataset, files: Sequence[tuple[RawCase, bool]]) -> list[LabelledCase]:
    names = [case.name for case, _ in files]
    patients, recorded = patients_of(names, dataset.folder), recorded_patients(dataset.folder)
    return [
        LabelledCase(case, patients[case.name], _sequence(case.name, recorded), is_training)
        for case, is_training in files
    ]


def _sequence(case: str, recorded: dict[str, tuple[str, str]]) -> str:
    return recorded[case][1] if case in recorded else split_at_sequence(case)[1] or ""


if __name__ == "__main__":
    run_as_program(main)
