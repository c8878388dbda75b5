"""SPIDER's radiological gradings of discs, as properties of patients.

SPIDER (van der Graaf et al., Scientific Data 11:264, 2024) grades every disc of a patient in one table,
radiological_gradings.csv. Grades are of the patient, not of a series: all images of a patient share them.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

_PATIENT, _LEVEL = "Patient", "IVD label"
_PFIRRMANN, _MODIC = "Pfirrman grade", "Modic"
_FINDINGS = {
    "spondylolistheses": "Spondylolisthesis",
    "herniations": "Disc herniation",
    "narrowed_discs": "Disc narrowing",
    "bulging_discs": "Disc bulging",
}
_ENDPLATES = ("UP endplate", "LOW endplate")
_YES_OR_NO = (0, 1)
_ALLOWED = {
    _MODIC: (0, 3),
    **dict.fromkeys((*_ENDPLATES, *_FINDINGS.values()), _YES_OR_NO),
    _PFIRRMANN: (1, 5),
}
"""Lowest and highest grade of each column."""

Disc = dict[str, int]
"""The grades of one disc by column."""


@dataclass(frozen=True)
class Gradings:
    """What the table says.

    Attributes:
        patients: number of the patient as text -> properties: `graded_discs`, `pfirrmann_max`, `pfirrmann_mean`,
            `modic_max`, `modic_discs` (those with a Modic change), `endplate_changes` (up to two a disc),
            `spondylolistheses`, `herniations`, `narrowed_discs`, `bulging_discs`.
        left_out: rows of a disc that there is not (level below 1; SPIDER's table has two).
    """

    patients: Mapping[str, Mapping[str, float]]
    left_out: int


def read_gradings(path: Path) -> Gradings:
    """Read the table.

    Raises:
        ValueError: naming the file, and the line and column of what is wrong in it.
        OSError: if it cannot be read.
    """
    discs: dict[str, dict[int, Disc]] = defaultdict(dict)
    left_out = 0
    for line, row in _rows(path):
        level = _whole(path, line, row, _LEVEL)
        if level < 1:
            left_out += 1
            continue
        patient = str(_whole(path, line, row, _PATIENT))
        if level in discs[patient]:
            raise ValueError(f"{path}, line {line}: disc {level} of patient {patient} is there twice")
        discs[patient][level] = {column: _grade(path, line, row, column) for column in _ALLOWED}
    return Gradings({patient: _properties([*graded.values()]) for patient, graded in discs.items()}, left_out)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Number of the line and cells of every row that is not empty."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
            rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: expected a table (CSV), got {error}") from error
    missing = [name for name in (_PATIENT, _LEVEL, *_ALLOWED) if name not in reader.fieldnames]
    if missing:
        raise ValueError(f"{path}: no column {', '.join(map(repr, missing))}; found {', '.join(reader.fieldnames)}")
    yield from rows


def _whole(path: Path, line: int, row: dict[str, str], column: str) -> int:
    try:
        return int(row[column])
    except (TypeError, ValueError):
        raise ValueError(
            f"{path}, line {line}, column {column!r}: expected a whole number, got {row[column]!r}"
        ) from None


def _grade(path: Path, line: int, row: dict[str, str], column: str) -> int:
    grade, (lowest, highest) = _whole(path, line, row, column), _ALLOWED[column]
    if not lowest <= grade <= highest:
        raise ValueError(f"{path}, line {line}, column {column!r}: expected {lowest} to {highest}, got {grade}")
    return grade


def _properties(discs: list[Disc]) -> dict[str, float]:
    values = {
        "graded_discs": len(discs),
        "pfirrmann_max": max(disc[_PFIRRMANN] for disc in discs),
        "pfirrmann_mean": fmean(disc[_PFIRRMANN] for disc in discs),
        "modic_max": max(disc[_MODIC] for disc in discs),
        "modic_discs": sum(disc[_MODIC] > 0 for disc in discs),
        "endplate_changes": sum(disc[side] for disc in discs for side in _ENDPLATES),
        **{name: sum(disc[column] for disc in discs) for name, column in _FINDINGS.items()},
    }
    return {name: float(value) for name, value in values.items()}
