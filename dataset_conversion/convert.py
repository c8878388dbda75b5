"""SPIDER folder -> nnU-Net raw data set: the order of the steps.

    names and tables -> headers -> voxels, converted as they are checked -> splits -> one rename

Nothing appears under the data set's name before everything is checked and written. To read every file only once, cases
are converted in a hidden staging folder while they are checked; the first problem stops the writing, not the checking.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .case import CaseJob, CaseOutcome, check_headers, convert_case
from .lock import exclusive
from .manifest import MANIFEST, TABLE, as_table, build_manifest, differences
from .nnunet_raw import NnunetFolders, dataset_json, dataset_name
from .options import ConversionOptions, Treatment
from .pool import run_jobs
from .problems import InvalidInputError, Problem
from .spider import Series, Survey, survey
from .splits import SplitCase, make_splits
from .staging import Staging
from .writing import write_json, write_text

SPLITS = "splits_final.json"
_ADVICE = "nothing was written; correct the files, or leave these cases out by --skip-invalid"

log = logging.getLogger(__name__)


def convert_spider(
    source: str | Path,
    dataset_id: int,
    scheme: str = "4class",
    *,
    name: str | None = None,
    options: ConversionOptions | None = None,
    processes: int = 1,
) -> Path:
    """Make an nnU-Net raw data set out of a SPIDER folder.

    The folder goes to nnUNet_raw, the splits to nnUNet_preprocessed. The same call again does nothing; after an
    interruption it goes on where it stopped.

    Args:
        source: the folder with images/, masks/ and overview.csv.
        dataset_id: number of the data set, 1 to 999.
        scheme: a name of `nnunet_spine.labels.SCHEMES`.
        name: what follows the number in the folder's name; by default one that tells the scheme.
        options: which series, and what to do with them.
        processes: how many to use. More than one needs `if __name__ == "__main__":` in the calling script.

    Returns:
        The folder of the data set.

    Raises:
        InvalidInputError: with all problems of the folder; nothing is left behind then.
        ValueError: for impossible choices, variables not set, an id in use, a worker that was killed, or a full disk.
    """
    treatment = Treatment.resolve(scheme, options or ConversionOptions())
    folders = NnunetFolders.from_environment()
    target = folders.raw / dataset_name(dataset_id, name, scheme)
    found = survey(Path(source), treatment.options)
    try:
        with exclusive(folders.raw / f".Dataset{dataset_id:03d}.lock", f"data set {dataset_id} in {folders.raw}"):
            folders.check_id(dataset_id, target.name)
            if target.exists():
                _keep_existing(target, folders.preprocessed, found, treatment)
            else:
                _make(
                    target, Staging(folders.raw, dataset_id), folders.preprocessed, _Task(found, treatment, processes)
                )
    except OSError as error:
        raise ValueError(f"could not write: {error}; what is finished is kept, run again to go on") from error
    return target


def check_spider(
    source: str | Path, scheme: str = "4class", *, options: ConversionOptions | None = None, processes: int = 1
) -> None:
    """Look for every problem that `convert_spider` would find, without writing anything.

    Raises:
        InvalidInputError: with all problems of the folder.
    """
    treatment = Treatment.resolve(scheme, options or ConversionOptions())
    task = _Task(survey(Path(source), treatment.options), treatment, processes)
    problems = task.check_headers() + _problems_of(task.run(None, task.survey.series))
    if problems:
        raise InvalidInputError(f"{source} cannot be converted", problems)
    log.info("%d cases checked, no problems", len(task.survey.series))


@dataclass
class _Task:
    """One conversion: source, treatment and how to work; knows the problems found so far."""

    survey: Survey
    treatment: Treatment
    processes: int
    failed: bool = field(default=False, init=False)

    def check_headers(self) -> list[Problem]:
        """Problems by names, tables and headers."""
        problems = list(self.survey.problems)
        for series in self.survey.series:
            problems += check_headers(series)
        return problems

    def run(self, staging: Staging | None, series: Sequence[Series]) -> list[CaseOutcome]:
        """Check cases; convert them too where there is a staging folder, as long as nothing stands in the way."""
        finished = {one.case: staging.finished(one, self.treatment) for one in series} if staging else {}
        outcomes = [CaseOutcome(one, (), finished[one.case]) for one in series if finished.get(one.case)]
        waiting = [one for one in series if not finished.get(one.case)]
        work = run_jobs(convert_case, self._jobs(staging, waiting), self.processes)
        for outcome in tqdm(work, desc="convert" if staging else "check", total=len(waiting), unit="case", delay=0.5):
            outcomes.append(outcome)
            self.failed |= bool(outcome.problems) and not self.treatment.options.skip_invalid
        return outcomes

    def _jobs(self, staging: Staging | None, waiting: Sequence[Series]) -> Iterator[CaseJob]:
        for one in waiting:
            writing = staging is not None and not self.failed
            yield CaseJob(one, self.treatment, staging.folder if writing else None)


def _make(target: Path, staging: Staging, preprocessed: Path, task: _Task) -> None:
    skip = task.treatment.options.skip_invalid
    problems = task.check_headers()
    whole_folder = [problem for problem in problems if problem.case is None]
    writing = not whole_folder and (skip or not problems)
    bad = {problem.case for problem in problems}
    series = [one for one in task.survey.series if not (skip and one.case in bad)]
    if writing:
        staging.create()
    outcomes = task.run(staging if writing else None, series)
    problems += _problems_of(outcomes)
    records = [outcome.record for outcome in outcomes if outcome.record]
    if whole_folder or (problems and not skip) or not records:
        staging.discard()
        advice = _ADVICE if not whole_folder and not skip else "nothing was written"
        raise InvalidInputError(f"{task.survey.root} cannot be converted", problems, advice)
    splits = _splits_of(records)
    _check_splits(preprocessed / target.name, splits)
    manifest = build_manifest(task.survey, task.treatment, records, problems)
    _write_tables(staging.folder, target.name, task.treatment, manifest, splits)
    _put_splits(preprocessed / target.name, splits)
    staging.publish(target, records)
    _tell(target, manifest, splits)


def _problems_of(outcomes: Sequence[CaseOutcome]) -> list[Problem]:
    return [problem for outcome in outcomes for problem in outcome.problems]


def _write_tables(
    folder: Path, name: str, treatment: Treatment, manifest: dict[str, Any], splits: list[dict] | None
) -> None:
    training = sum(record["subset"] == "training" for record in manifest["cases"])
    write_json(folder / "dataset.json", dataset_json(name, treatment, training))
    write_json(folder / MANIFEST, manifest)
    write_text(folder / TABLE, as_table(manifest))
    if splits:
        write_json(folder / SPLITS, splits)


def _splits_of(records: Sequence[dict[str, Any]]) -> list[dict[str, list[str]]] | None:
    training = [record for record in records if record["subset"] == "training"]
    return make_splits([SplitCase(record["case"], record["patient"], record["sequence"]) for record in training])


def _check_splits(folder: Path, splits: list[dict[str, list[str]]] | None) -> None:
    path = folder / SPLITS
    if not path.is_file():
        return
    try:
        same = json.loads(path.read_text(encoding="utf-8")) == splits
    except ValueError:
        same = False
    if not same:
        raise ValueError(
            f"{path} exists and holds other splits than those by patient that belong to this data set; "
            "move it away (or choose another id), so that nnU-Net does not train on it"
        )


def _put_splits(folder: Path, splits: list[dict[str, list[str]]] | None) -> None:
    """Put the splits where nnU-Net reads them."""
    _check_splits(folder, splits)
    if splits and not (folder / SPLITS).exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / SPLITS, splits)


def _keep_existing(target: Path, preprocessed: Path, found: Survey, treatment: Treatment) -> None:
    """Check that the data set is the one asked for, and put its splits back if they are gone."""
    other = differences(target, found, treatment)
    if other:
        listed = "\n  ".join(other[:20] + [f"and {len(other) - 20} more"] * (len(other) > 20))
        raise ValueError(
            f"{target} exists and is another data set:\n  {listed}\n"
            "remove it, or choose another id; it was left as it is"
        )
    manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    _put_splits(preprocessed / target.name, _splits_of(manifest["cases"]))
    log.info("%s is there already, made of the same files with the same settings: nothing to do", target)


def _tell(target: Path, manifest: dict[str, Any], splits: list[dict] | None) -> None:
    training = sum(record["subset"] == "training" for record in manifest["cases"])
    for note in manifest["notes"]:
        log.info("note: %s", note)
    for entry in manifest["left_out"]:
        log.info("left out: %s", "; ".join(entry["reasons"]))
    log.info("%s: %d training and %d test cases", target, training, len(manifest["cases"]) - training)
    if splits:
        log.info("%d folds by patient in %s", len(splits), SPLITS)
    else:
        log.info("no %s: folds by patient need at least two training patients; train with fold `all`", SPLITS)
