"""Folders of references and predictions -> a file of results: the order of the steps.

    names and headers -> voxels, scored as they are checked, each case kept when it is done -> one rename

All problems are told at once. With a problem no results are written, but what was scored stays for the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from nnunet_spine.dataset_conversion.problems import InvalidInputError, Problem, natural_key
from nnunet_spine.evaluation.arm import ArmOptions, run_record
from nnunet_spine.evaluation.case import require_tolerance
from nnunet_spine.evaluation.flat import as_csv
from nnunet_spine.evaluation.gradings import read_gradings
from nnunet_spine.evaluation.identity import identities
from nnunet_spine.evaluation.job import CaseJob, check_case, evaluate_case
from nnunet_spine.evaluation.kept import KeptRows
from nnunet_spine.evaluation.origin import origin_of, origin_of_model
from nnunet_spine.evaluation.records import RunRecord
from nnunet_spine.evaluation.results import Results, write_results
from nnunet_spine.evaluation.slices import Slices, of_slices
from nnunet_spine.evaluation.survey import Folders, survey
from nnunet_spine.plumbing.files import write_text
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.pool import require_positive, run_jobs
from nnunet_spine.plumbing.wording import listed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EvaluationOptions:
    """How to evaluate.

    Attributes:
        tolerance_mm: of NSD.
        slices: which sagittal slices are scored.
        chill: leave out references that have no prediction.
        sequence_pattern: regular expression that finds the sequence in a case's name; None for what is known of it.
        gradings: SPIDER's table of gradings, for properties of patients.
        csv: file for a flat table too.
        command: the command line, for the record.
        processes: how many to use. More than one needs `if __name__ == "__main__":` in the calling script.
    """

    tolerance_mm: float = 1.0
    slices: Slices = Slices()  # noqa: RUF009  (frozen)
    chill: bool = False
    sequence_pattern: str | None = None
    gradings: Path | None = None
    csv: Path | None = None
    command: str = ""
    processes: int = 1

    def __post_init__(self) -> None:
        """Refuse impossible choices.

        Raises:
            ValueError: naming what was expected.
        """
        require_positive(self.processes)
        require_tolerance(self.tolerance_mm)


def evaluate(
    folders: Folders, output: Path, said: ArmOptions | None = None, options: EvaluationOptions | None = None
) -> Results:
    """Evaluate predictions and write the rows.

    What an earlier run with the same settings found of files that did not change is taken over.

    Args:
        folders: where everything lies.
        output: the file of results; an older one of the same folders is replaced.
        said: what is known of the predictions.
        options: how.

    Returns:
        The results.

    Raises:
        InvalidInputError: with all problems of the input; results are not written then.
        ValueError: for impossible choices, or a worker that was killed; what is finished stays for the next run.
        OSError: if a file cannot be written.
    """
    said, options = said or ArmOptions(), options or EvaluationOptions()
    origin = origin_of(folders.prediction)
    if said.model is not None:
        origin = replace(origin_of_model(said.model), images=origin.images)
    found = survey(replace(folders, noted_images=origin.images), options.chill)
    run = run_record(folders, found, origin, said, options.tolerance_mm, options.command)
    run = of_slices(run, options.slices)
    known = identities([case.name for case in found.cases], folders.reference, options.sequence_pattern)
    grades, grading_problems = _grades(options.gradings, {patient for patient, _ in known.values()})
    problems = [*_target_problems(output, options.csv), *found.problems, *grading_problems]
    jobs = [
        CaseJob(
            *(case.name, *known[case.name], case.paths, run.labels, run.tolerance_mm, options.slices),
            *(options.gradings, grades.get(known[case.name][0], {})),
        )
        for case in found.cases
    ]
    if problems:
        raise InvalidInputError(_heading(run), _all_problems(problems, jobs, options.processes), "nothing was written")
    with exclusive(output.with_name(f".{output.name}.lock"), str(output)):
        results = _evaluate(run, jobs, KeptRows(output, run), output, options.processes)
    if options.csv is not None:
        write_text(options.csv, as_csv(results))
    return results


def _evaluate(run: RunRecord, jobs: Sequence[CaseJob], kept: KeptRows, output: Path, processes: int) -> Results:
    todo = [job for job in jobs if not job.is_done(kept.rows.get(job.case))]
    if len(todo) < len(jobs):
        log.info("%d of %d cases are unchanged since they were scored", len(jobs) - len(todo), len(jobs))
    with kept:
        problems = _compute(todo, kept, processes)
    if problems:
        if not kept.rows:
            kept.discard()
        kept_too = "what was scored is kept, " * bool(kept.rows)
        advice = f"{output} was not written; {kept_too}correct the files and run again"
        raise InvalidInputError(_heading(run), problems, advice)
    results = Results(run, tuple(kept.rows[job.case] for job in jobs))
    write_results(output, results)
    kept.discard()
    return results


def _compute(jobs: Sequence[CaseJob], kept: KeptRows, processes: int) -> list[Problem]:
    """Score cases and keep their rows; the problems of those that cannot be."""
    problems = []
    work = run_jobs(evaluate_case, jobs, _enough(processes, jobs))
    for outcome in tqdm(work, desc="evaluate", total=len(jobs), unit="case", delay=0.5):
        problems += outcome.problems
        if outcome.row is not None:
            kept.add(outcome.row)
    return problems


def _all_problems(problems: Sequence[Problem], jobs: Sequence[CaseJob], processes: int) -> list[Problem]:
    """Those that are known, and those of the voxels of all other cases."""
    bad = {problem.case for problem in problems}
    rest = [job for job in jobs if job.case not in bad]
    work = run_jobs(check_case, rest, _enough(processes, rest))
    checked = tqdm(work, desc="check", total=len(rest), unit="case", delay=0.5)
    return [*problems, *(problem for outcome in checked for problem in outcome.problems)]


def _enough(processes: int, jobs: Sequence[CaseJob]) -> int:
    return max(1, min(processes, len(jobs)))


def _grades(table: Path | None, patients: set[str]) -> tuple[Mapping[str, Mapping[str, float]], list[Problem]]:
    """Properties of the graded patients, and what is wrong with the table."""
    if table is None:
        return {}, []
    try:
        gradings = read_gradings(table)
    except (ValueError, OSError) as error:
        return {}, [Problem("--gradings", str(error))]
    graded = len(patients & gradings.patients.keys())
    log.info(
        "%d of %d patients are graded; rows of discs that there are not: %d", graded, len(patients), gradings.left_out
    )
    if patients and not graded:
        one, other = (listed(sorted(some, key=natural_key), 3) for some in (patients, gradings.patients))
        return {}, [
            Problem("--gradings", f"{table}: expected grades of patients {one}, found those of {other or 'none'}")
        ]
    return gradings.patients, []


def _target_problems(output: Path, csv: Path | None) -> Iterator[Problem]:
    for name, file in (("--output", output), ("--csv", csv)):
        if file is None:
            continue
        if file.is_dir():
            yield Problem(name, f"{file}: expected a file, got a folder")
        elif not file.absolute().parent.is_dir():
            yield Problem(name, f"{file}: expected a file in a folder that is there")
    if csv is not None and csv.absolute() == output.absolute():
        yield Problem("--csv", f"{csv}: expected another file than that of --output")


def _heading(run: RunRecord) -> str:
    return f"{run.prediction} cannot be evaluated"
