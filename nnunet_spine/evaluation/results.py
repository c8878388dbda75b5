"""A file of results: JSON lines, the run first, then its cases in their order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_spine.dataset_conversion.problems import natural_key
from nnunet_spine.evaluation.records import FORMAT, CaseRecord, RunRecord, case_from_plain, run_from_plain, to_plain
from nnunet_spine.plumbing.files import write_text


@dataclass(frozen=True)
class Results:
    """What one evaluation found.

    Attributes:
        run: what was evaluated.
        cases: in natural order of their names.
    """

    run: RunRecord
    cases: tuple[CaseRecord, ...]


def as_line(record: RunRecord | CaseRecord) -> str:
    """A record as a line of a file."""
    return json.dumps(to_plain(record), ensure_ascii=False, separators=(",", ":")) + "\n"


def write_results(path: Path, results: Results) -> None:
    """Write a file of results, which appears when it is whole.

    Raises:
        OSError: if it cannot be written.
    """
    cases = sorted(results.cases, key=lambda case: natural_key(case.case))
    write_text(path, "".join(map(as_line, (results.run, *cases))))


def read_results(path: Path) -> Results:
    """Read a file of results.

    Raises:
        ValueError: naming file and line, if it is not one, is damaged, or is of another version.
        OSError: if it cannot be read.
    """
    return parse_results(path.read_bytes(), path)


def parse_results(content: bytes, path: Path) -> Results:
    """Content of a file of results.

    Args:
        content: of the file.
        path: of the file, for errors.

    Raises:
        ValueError: as `read_results`.
    """
    lines = content.splitlines()
    if not lines:
        raise ValueError(f"{path}: expected the results of nnunet-spine evaluate, got an empty file")
    run = _run(path, lines[0])
    cases: dict[str, CaseRecord] = {}
    for number, case in _cases(path, lines):
        if case.case in cases:
            raise ValueError(f"{path}, line {number}: case {case.case} a second time")
        cases[case.case] = case
    return Results(run, tuple(cases[name] for name in sorted(cases, key=natural_key)))


def _cases(path: Path, lines: list[bytes]) -> Iterator[tuple[int, CaseRecord]]:
    for number, line in enumerate(lines[1:], start=2):
        where = f"{path}, line {number}"
        plain = _parsed(where, line)
        if plain.get("record") != "case":
            raise ValueError(f"{where}: expected a case, got a record of {plain.get('record')!r}")
        try:
            yield number, case_from_plain(plain)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{where}: {_reason(error)}") from error


def _run(path: Path, line: bytes) -> RunRecord:
    where = f"{path}, line 1"
    plain = _parsed(where, line)
    if plain.get("record") != "run":
        raise ValueError(f"{where}: expected the run of nnunet-spine evaluate, got a record of {plain.get('record')!r}")
    if plain.get("format") != FORMAT:
        raise ValueError(
            f"{where}: expected rows of format {FORMAT}, got {plain.get('format')!r}, of another version of "
            "nnunet-spine: evaluate again"
        )
    try:
        return run_from_plain(plain)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _parsed(where: str, line: bytes) -> Mapping[str, Any]:
    try:
        plain = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{where}: expected JSON, got {error}; the file is damaged") from error
    if not isinstance(plain, dict):
        raise ValueError(f"{where}: expected a JSON object, got {plain!r:.60}")
    return plain


def _reason(error: Exception) -> str:
    if isinstance(error, ValueError):
        return str(error)
    return f"the row is of another version, or damaged ({type(error).__name__}: {error})"
