"""Results for people: a table of the structures of each sequence, and what follows from it in lines."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nnunet_spine.evaluation.flat import penalised
from nnunet_spine.evaluation.metric import METRICS
from nnunet_spine.evaluation.records import CaseRecord, InstanceRecord, StructureRecord
from nnunet_spine.evaluation.results import Results
from nnunet_spine.evaluation.structures import without_level

_COLUMNS = {
    "dice": ("Dice", ".3f"),
    "iou": ("IoU", ".3f"),
    "nsd": ("NSD", ".3f"),
    "hd95_mm": ("HD95 mm", ".2f"),
    "hd95_mm_penalised": ("penalised", ".2f"),
    "assd_mm": ("ASSD mm", ".2f"),
}
_COUNTS = ("cases", "missed", "false pos.")
_ALL = "all sequences"
_WIDEST_NAME = 36
_NOTE = """\
Means over patients of the mean over each patient's cases. Cases are those whose reference has the structure. HD95 and
ASSD are of structures that were found; penalised: with the diagonal of the image for each one that was missed."""

Scored = tuple[CaseRecord, StructureRecord]


@dataclass(frozen=True)
class Line:
    """A structure in the cases of one sequence.

    Attributes:
        structure: its name.
        counts: cases whose reference has it, those that miss it, and those that have it without reference.
        means: by the keys of `_COLUMNS`; NaN where no case has a value.
    """

    structure: str
    counts: tuple[int, int, int]
    means: dict[str, float]


def as_table(results: Results) -> str:
    """Everything that is printed at the end of an evaluation, at most 120 columns wide."""
    blocks = ["\n".join([*_heading(results), "", *_table(results.cases), "", _NOTE])]
    blocks += ["\n".join(lines) for lines in (_instances(results), _failures(results.cases)) if lines]
    return "\n\n".join(blocks)


def lines_of(cases: Sequence[CaseRecord]) -> list[Line]:
    """A line for each structure, in the order of the rows."""
    rows: dict[str, list[Scored]] = defaultdict(list)
    for case in cases:
        for row in case.structures:
            rows[row.structure].append((case, row))
    return [_line(name, scored) for name, scored in rows.items()]


def mean_over_patients(values: Iterable[tuple[str, float]]) -> float:
    """The mean over patients of the mean over their cases; values that are NaN do not count.

    Args:
        values: patient and value of every case.
    """
    of_patient: dict[str, list[float]] = defaultdict(list)
    for patient, value in values:
        if not math.isnan(value):
            of_patient[patient].append(value)
    means = [math.fsum(some) / len(some) for some in of_patient.values()]
    return math.fsum(means) / len(means) if means else math.nan


def _line(structure: str, scored: Sequence[Scored]) -> Line:
    outcomes = Counter(row.outcome for _, row in scored)
    there = outcomes["scored"] + outcomes["missed"]
    values = [(case.patient, _values(case, row)) for case, row in scored]
    means = {key: mean_over_patients((patient, one[key]) for patient, one in values) for key in _COLUMNS}
    return Line(structure, (there, outcomes["missed"], outcomes["false_positive"]), means)


def _values(case: CaseRecord, row: StructureRecord) -> dict[str, float]:
    return {key: getattr(row, key) for key in METRICS} | penalised(row, case.diagonal_mm)


def _heading(results: Results) -> Iterator[str]:
    run = results.run
    patients = len({case.patient for case in results.cases})
    said = [
        run.arm,
        *([f"fold {run.fold}"] if run.fold else []),
        *([f"seed {run.seed}"] if run.seed is not None else []),
    ]
    condition = run.condition if run.level is None else f"{run.condition} {run.level:g}"
    yield f"{', '.join(said)}"
    left_out = f", {_counted(run.left_out, 'reference')} without prediction left out" * bool(run.left_out)
    yield f"{_counted(len(results.cases), 'case')} of {_counted(patients, 'patient')}, images {condition}{left_out}"


def _table(cases: Sequence[CaseRecord]) -> list[str]:
    """The table; with several sequences all together first, then each."""
    of_sequence: dict[str, list[CaseRecord]] = defaultdict(list)
    for case in cases:
        of_sequence[case.sequence or "sequence not known"].append(case)
    parts = [(_ALL, list(cases))] * (len(of_sequence) > 1) + sorted(of_sequence.items())
    rows = [("", *_COUNTS, *(head for head, _ in _COLUMNS.values()))]
    for name, some in parts:
        rows.append((name,))
        rows += [_cells(line) for line in lines_of(some)]
    widths = [max(len(row[k]) for row in rows if len(row) > k) for k in range(len(rows[0]))]
    return [_aligned(row, widths).rstrip() for row in rows]


def _cells(line: Line) -> tuple[str, ...]:
    name = line.structure if len(line.structure) <= _WIDEST_NAME else f"{line.structure[: _WIDEST_NAME - 3]}..."
    means = ((line.means[key], form) for key, (_, form) in _COLUMNS.items())
    shown = ("-" if math.isnan(value) else f"{value:{form}}" for value, form in means)
    return (f"  {name}", *map(str, line.counts), *shown)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """A row of the table; that of a sequence's name has no more cells."""
    first, *rest = row
    return "  ".join(
        [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=False))]
    )


def _instances(results: Results) -> list[str]:
    """What became of numbered vertebrae and discs, two lines a group; and which labels have a number of no level."""
    lines = []
    found = [(case.patient, one) for case in results.cases for one in case.instances]
    for group in dict.fromkeys(one.group for _, one in found):
        lines += _instances_of(group, [(patient, one) for patient, one in found if one.group == group])
    unknown = without_level(results.run.labels)
    if unknown:
        lines.append(f"not scored one by one, since their names tell no level: {', '.join(unknown)}")
    return lines


def _instances_of(group: str, found: Sequence[tuple[str, InstanceRecord]]) -> Iterator[str]:
    """Complete ones, as in the SPIDER challenge; then those that are cut off by the end of the image."""
    whole = [(patient, one) for patient, one in found if one.complete_reference]
    if whole:
        dice = mean_over_patients((patient, one.dice) for patient, one in whole)
        identified, missed = sum(one.identified for _, one in whole), sum(one.matched is None for _, one in whole)
        number = _counted(len(whole), f"complete {group}", "s" if group == "disc" else "e")
        yield (
            f"{number} matched by overlap: {missed} missed, {identified} with the right level, Dice {dice:.3f} "
            "(0 for a missed one)"
        )
    matched = [one for _, one in found if one.matched is not None]
    same = sum(one.complete_reference == one.complete_prediction for one in matched)
    yield (
        f"  {len(found) - len(whole)} of {len(found)} cut off by the end of the image, left out; of {len(matched)} "
        f"matched ones {same} are complete or cut off as in the reference"
    )


def _failures(cases: Sequence[CaseRecord]) -> list[str]:
    """How often every mode of failure was found."""
    counts = Counter(one.mode for case in cases for one in case.failures)
    having = Counter(mode for case in cases for mode in {one.mode for one in case.failures})
    if not counts:
        return []
    lines = [f"  {mode}: {count} in {_counted(having[mode], 'case')}" for mode, count in counts.most_common()]
    return ["Failures", *lines]


def _counted(number: int, thing: str, plural: str = "s") -> str:
    return f"{number} {thing}{plural * (number != 1)}"
