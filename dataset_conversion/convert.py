"""SPIDER folder -> nnU-Net raw data set: the order of the steps.

    names and tables -> headers -> voxels, converted as they are checked -> splits -> one rename

Nothing appears under the data set's name before everything is checked and written. To read every file only once, cases
are converted in a hidden staging folder while they are checked; the first problem stops the writing, not the checking.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from nnunet_spine.dataset_conversion.case import CaseJob, CaseOutcome, check_headers, convert_case
from nnunet_spine.dataset_conversion.existing import keep_existing
from nnunet_spine.dataset_conversion.manifest import MANIFEST, TABLE, as_table, build_manifest, differences
from nnunet_spine.dataset_conversion.nnunet_raw import DEFAULT_NAMES, NnunetFolders, dataset_json, dataset_name
from nnunet_spine.dataset_conversion.options import ConversionOptions, Treatment
from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem
from nnunet_spine.dataset_conversion.spider import Series, Survey, survey
from nnunet_spine.dataset_conversion.splits import (
    SPLITS,
    SplitCase,
    Splits,
    check_splits_file,
    make_splits,
    put_splits_file,
)
from nnunet_spine.dataset_conversion.staging import Staging
from nnunet_spine.dataset_conversion.writing import write_json
from nnunet_spine.plumbing.files import make_writable, write_text
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.pool import run_jobs

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
    target = folders.raw / dataset_name(dataset_id, DEFAULT_NAMES[scheme] if name is None else name)
    task, staging = (
        _Task(survey(Path(source), treatment.options), treatment, processes),
        Staging(folders.raw, dataset_id),
    )
    try:
        with exclusive(folders.raw / f".Dataset{dataset_id:03d}.lock", f"data set {dataset_id} in {folders.raw}"):
            folders.check_id(dataset_id, target.name)
            if target.exists():
                keep_existing(target, folders.preprocessed, differences(target, task.survey, task.treatment))
            else:
                _make(target, staging, folders.preprocessed, task)
    except OSError as error:
        kept = "; what is finished is kept, run again to go on" * staging.holds_cases()
        raise ValueError(f"could not write: {error}{kept}") from error
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
    problems = task.header_problems() + _problems_of(task.run(task.survey.series, None))
    if problems:
        raise InvalidInputError(f"{source} cannot be converted", problems)
    log.info("%d cases checked, no problems", len(task.survey.series))


@dataclass(frozen=True)
class _Task:
    """One conversion: what there is, what to do with it, and by how many processes."""

    survey: Survey
    treatment: Treatment
    processes: int

    @property
    def skip(self) -> bool:
        """Whether cases with problems are left out instead of refusing the folder."""
        return self.treatment.options.skip_invalid

    def header_problems(self) -> list[Problem]:
        """Problems by names, tables and headers."""
        return [*self.survey.problems, *(problem for one in self.survey.series for problem in check_headers(one))]

    def run(self, series: Sequence[Series], staging: Staging | None) -> list[CaseOutcome]:
        """Check cases; convert them too where there is a staging folder, as long as nothing stands in the way."""
        finished = {one.case: staging.finished(one, self.treatment) for one in series} if staging else {}
        outcomes = [CaseOutcome(one, (), finished[one.case]) for one in series if finished.get(one.case)]
        waiting = [one for one in series if not finished.get(one.case)]

        def folder() -> Path | None:
            return staging.folder if staging and (self.skip or not _problems_of(outcomes)) else None

        # Made one by one while the work goes on, so that the first problem turns the rest into checks.
        jobs = (CaseJob(one, self.treatment, folder()) for one in waiting)
        work = run_jobs(convert_case, jobs, self.processes)
        for outcome in tqdm(work, desc="convert" if staging else "check", total=len(waiting), unit="case", delay=0.5):
            outcomes.append(outcome)
        return outcomes


def _make(target: Path, staging: Staging, preprocessed: Path, task: _Task) -> None:
    expected = _splits_of([asdict(one) for one in task.survey.series])
    if not task.skip:
        # Known before the work is done, unless cases may be left out.
        check_splits_file(preprocessed / target.name, expected)
    if expected:
        place = preprocessed / target.name
        make_writable(place if place.is_dir() else preprocessed)
    records, problems = _convert_cases(task, staging)
    splits = _splits_of(records)
    manifest = build_manifest(task.survey, task.treatment, records, problems)
    write_json(staging.folder / "dataset.json", dataset_json(target.name, task.treatment, len(_training(records))))
    write_json(staging.folder / MANIFEST, manifest)
    write_text(staging.folder / TABLE, as_table(manifest))
    (staging.folder / SPLITS).unlink(missing_ok=True)
    if splits:
        write_json(staging.folder / SPLITS, splits)
    # The splits first: nnU-Net makes its own, which leak, for a data set that has none.
    put_splits_file(preprocessed / target.name, splits)
    staging.publish(target, records)
    _tell(target, manifest, splits)


def _convert_cases(task: _Task, staging: Staging) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Records of the converted cases, and the problems of those that were left out.

    Raises:
        InvalidInputError: if there are problems that may not be skipped, or nothing is left.
    """
    problems = task.header_problems()
    whole_folder = any(problem.case is None for problem in problems)
    bad = {problem.case for problem in problems}
    series = [one for one in task.survey.series if not (task.skip and one.case in bad)]
    writing = not whole_folder and (task.skip or not problems)
    if writing:
        staging.create()
    outcomes = task.run(series if not whole_folder else task.survey.series, staging if writing else None)
    problems += _problems_of(outcomes)
    records = [outcome.record for outcome in outcomes if outcome.record]
    if whole_folder or (problems and not task.skip) or not records:
        staging.discard()
        advice = "nothing was written" if whole_folder or task.skip else _ADVICE
        raise InvalidInputError(f"{task.survey.root} cannot be converted", problems, advice)
    return records, problems


def _problems_of(outcomes: Sequence[CaseOutcome]) -> list[Problem]:
    return [problem for outcome in outcomes for problem in outcome.problems]


def _training(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if record["subset"] == "training"]


def _splits_of(records: Sequence[dict[str, Any]]) -> Splits | None:
    return make_splits([SplitCase(one["case"], one["patient"], one["sequence"]) for one in _training(records)])


def _tell(target: Path, manifest: dict[str, Any], splits: Splits | None) -> None:
    training = len(_training(manifest["cases"]))
    for note in manifest["notes"]:
        log.info("note: %s", note)
    for entry in manifest["left_out"]:
        log.info("left out: %s", "; ".join(entry["reasons"]))
    log.info("%s: %d training and %d test cases", target, training, len(manifest["cases"]) - training)
    if splits:
        log.info("%d folds by patient in %s", len(splits), SPLITS)
    else:
        log.info("no %s: folds by patient need at least two training patients; train with fold `all`", SPLITS)
