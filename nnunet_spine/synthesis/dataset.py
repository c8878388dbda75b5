"""Raw data set -> synthetic raw data set: the order of the steps.

what is there already -> images in a hidden folder, each recorded when it is whole -> splits -> one rename
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from nnunet_spine.dataset_conversion.existing import keep_existing
from nnunet_spine.dataset_conversion.nnunet_raw import FILE_ENDING, NnunetFolders, dataset_name
from nnunet_spine.dataset_conversion.splits import SPLITS, check_splits_file, put_splits_file
from nnunet_spine.dataset_conversion.writing import write_json
from nnunet_spine.plumbing.datasets import RawCase, RawDataset
from nnunet_spine.plumbing.files import make_writable, write_text
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.pool import require_positive, run_jobs
from nnunet_spine.synth.config.files import dump
from nnunet_spine.synthesis.case import CaseJob, Record, finished_record, name_of_copy, synthesise_case
from nnunet_spine.synthesis.manifest import MANIFEST, build_manifest, differences_to
from nnunet_spine.synthesis.options import SynthesisOptions
from nnunet_spine.synthesis.splits import splits_of_copies
from nnunet_spine.synthesis.staging import Staging, drop_records

SETTINGS_FILE = "synthesis.yaml"

_MOST_AT_ONCE = 4
"""Images that are made of a case each time that it is read: few, so that all processes have work to the end."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Task:
    """What to make of what."""

    source: RawDataset
    cases: tuple[RawCase, ...]
    options: SynthesisOptions

    @property
    def settings(self) -> dict[str, Any]:
        """All that the images depend on, the content of the source's files aside."""
        return {"source": self.source.name, "labels": dict(self.source.labels), **self.options.record()}

    @property
    def copies(self) -> dict[str, list[str]]:
        """Names of the images of every case."""
        return {case.name: [name_of_copy(case.name, k) for k in range(self.options.per_case)] for case in self.cases}

    def jobs(self, folder: Path, missing: Sequence[tuple[RawCase, int]]) -> Iterator[CaseJob]:
        """The images that are missing, a few of one case at a time."""
        for case in self.cases:
            indexes = [index for one, index in missing if one is case]
            for first in range(0, len(indexes), _MOST_AT_ONCE):
                some = tuple(indexes[first : first + _MOST_AT_ONCE])
                yield CaseJob(case, self.source.labels, some, self.options, folder)


def synthesize_dataset(
    source: RawDataset, dataset_id: int, options: SynthesisOptions, *, name: str | None = None, processes: int = 1
) -> Path:
    """Write a synthetic data set in nnU-Net's raw form, every image in the geometry of its source.

    The folder goes to nnUNet_raw, the splits to nnUNet_preprocessed. The same call again does nothing; after an
    interruption it goes on where it stopped. An image depends on the seed, its case and its index, and on nothing else.

    Args:
        source: the data set to start from.
        dataset_id: number of the new one, 1 to 999.
        options: what to make.
        name: what follows the number in the folder's name; by default the source's with Synth at its end.
        processes: how many to use. More than one needs `if __name__ == "__main__":` in the calling script.

    Returns:
        The folder of the data set.

    Raises:
        ValueError: for a source that cannot be used, variables not set, an id in use, a data set that was made with
            other settings, a worker that was killed, or a full disk.
    """
    require_positive(processes)
    source.require_one_channel()
    task = _Task(source, source.cases(), options)
    folders = NnunetFolders.from_environment()
    target = folders.raw / dataset_name(dataset_id, _default_name(source) if name is None else name)
    staging = Staging(folders.raw, dataset_id)
    try:
        with exclusive(folders.raw / f".Dataset{dataset_id:03d}.lock", f"data set {dataset_id} in {folders.raw}"):
            folders.check_id(dataset_id, target.name)
            if target.exists():
                other = differences_to(target, task.settings, task.cases)
                keep_existing(target, folders.preprocessed, other, " (there -> asked for)")
                drop_records(target, (name for names in task.copies.values() for name in names))
            else:
                with staging:
                    _make(target, staging, folders.preprocessed, task, processes)
    except OSError as error:
        kept = "; what is finished is kept, run again to go on" * staging.holds_images()
        raise ValueError(f"could not write: {error}{kept}") from error
    return target


def _default_name(source: RawDataset) -> str:
    return source.name.partition("_")[2] + "Synth" if source.name.startswith("Dataset") else "Synth"


def _make(target: Path, staging: Staging, preprocessed: Path, task: _Task, processes: int) -> None:
    splits, by = splits_of_copies(task.source, preprocessed, task.copies)
    check_splits_file(preprocessed / target.name, splits)
    place = preprocessed / target.name
    make_writable(place if place.is_dir() else preprocessed)
    staging.claim(task.settings)
    records = _synthesise(task, staging.folder, processes)
    write_json(staging.folder / "dataset.json", _description(target.name, task))
    write_text(staging.folder / SETTINGS_FILE, dump(task.options.config))
    write_json(staging.folder / MANIFEST, build_manifest(task.source, task.settings, records))
    if splits:
        write_json(staging.folder / SPLITS, splits)
    # The splits first: nnU-Net makes its own, which leak, for a data set that has none.
    put_splits_file(preprocessed / target.name, splits)
    staging.publish(target, records)
    log.info("%s: %d images of %d cases", target, len(records), len(task.cases))
    log.info("%d folds, %s", len(splits), by) if splits else log.info("no %s: too few to split", SPLITS)


def _synthesise(task: _Task, folder: Path, processes: int) -> list[Record]:
    """Make what is missing; the records of all images in the order of their cases."""
    wanted = [(case, index) for case in task.cases for index in range(task.options.per_case)]
    found = {(case.name, index): finished_record(folder, case, index) for case, index in wanted}
    missing = [(case, index) for case, index in wanted if found[case.name, index] is None]
    work = run_jobs(synthesise_case, task.jobs(folder, missing), min(processes, max(len(missing), 1)))
    with tqdm(desc="synthesize", total=len(wanted), initial=len(wanted) - len(missing), unit="image") as progress:
        for records in work:
            found |= {(record["case"], record["index"]): record for record in records}
            progress.update(len(records))
    return [found[case.name, index] for case, index in wanted]


def _description(name: str, task: _Task) -> dict[str, Any]:
    """Content of dataset.json: the source's, as far as it is still true."""
    source, options = task.source, task.options
    kept = {key: value for key, value in source.description.items() if key not in ("dataset", "converted_by")}
    return {
        **kept,
        "numTraining": len(task.cases) * options.per_case,
        "file_ending": FILE_ENDING,
        "name": name,
        "description": f"Synthetic images of {source.name} ({options.dim}, {options.per_case} of every case, seed "
        f"{options.seed}, settings in {SETTINGS_FILE}). {source.description.get('description', '')}".strip(),
    }
