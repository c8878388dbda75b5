"""One results file: its run and its cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.evaluation.records import CaseRecord, RunRecord
from nnunet_spine.evaluation.results import read_results


@dataclass(frozen=True)
class Source:
    """A run and where it was read.

    Attributes:
        path: of the file.
        run: what was evaluated.
        cases: what was found.
        series: what the arm is one of, see `names`.
    """

    path: Path
    run: RunRecord
    cases: tuple[CaseRecord, ...]
    series: str = ""

    @property
    def structures(self) -> tuple[str, ...]:
        """What its cases are scored on."""
        return tuple(dict.fromkeys(one.structure for case in self.cases for one in case.structures))


def read_source(path: Path) -> Source:
    """Read a file.

    Raises:
        ValueError: if it cannot be read, is no results file or has no cases; it names the file.
    """
    try:
        results = read_results(path)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not results.cases:
        raise ValueError(f"{path}: expected rows of cases, got the row of the run alone")
    return Source(path, results.run, results.cases)
