"""Rows that need not be computed again: those of an earlier run, and those of one that did not come to its end."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from nnunet_spine.evaluation.condition import Condition
from nnunet_spine.evaluation.records import ALL_SLICES, AS_ACQUIRED, CaseRecord, RunRecord
from nnunet_spine.evaluation.results import Results, as_line, parse_results, read_results
from nnunet_spine.evaluation.slices import condition_of_images
from nnunet_spine.plumbing.files import write_text


class KeptRows:
    """Rows beside a file of results, in a hidden file of the same form that grows by a line with every case.

    Use it as a context: the hidden file is open within.
    """

    def __init__(self, output: Path, run: RunRecord) -> None:
        """Look at what there is.

        Args:
            output: the file of results.
            run: the one to do; rows of other labels, tolerance or versions are not taken.

        Raises:
            ValueError: if there is a file that is no file of results, or holds those of other folders, of images of
                which it says what was done to them, or of chosen slices, while nothing says so now.
        """
        self.path = output.with_name(f".{output.name}.unfinished")
        self.run = run
        finished, unfinished = _finished(output, run), _unfinished(self.path)
        self.rows: dict[str, CaseRecord] = {
            row.case: row
            for results in (finished, unfinished)
            if results is not None and _settings(results.run) == _settings(run)
            for row in results.cases
        }
        self._file: BinaryIO | None = None

    def __enter__(self) -> KeptRows:
        """Begin the hidden file anew with what is kept, which leaves out a line that a killed process did not end."""
        write_text(self.path, "".join(map(as_line, (self.run, *self.rows.values()))))
        self._file = self.path.open("ab")
        return self

    def __exit__(self, *error: object) -> None:
        """Close it; what is in it stays for the next run."""
        self._file.close()

    def add(self, row: CaseRecord) -> None:
        """Keep a row: it is in the file when this returns."""
        self.rows[row.case] = row
        self._file.write(as_line(row).encode("utf-8"))
        self._file.flush()

    def discard(self) -> None:
        """Remove the hidden file, when the results are in theirs."""
        self.path.unlink(missing_ok=True)


def _settings(run: RunRecord) -> tuple[object, ...]:
    """What the row of a case depends on beside its files."""
    return dict(run.labels), run.tolerance_mm, run.slices, dict(run.versions), run.format


def _finished(output: Path, run: RunRecord) -> Results | None:
    if not output.exists():
        return None
    try:
        results = read_results(output)
    except ValueError as error:
        raise ValueError(f"--output: {error}; choose another name, or remove the file") from error
    there, asked = ((one.reference, one.prediction) for one in (results.run, run))
    if there != asked:
        raise ValueError(
            f"--output: {output} holds the results of {there[1]} against {there[0]}; choose another name, or remove it"
        )
    _check_nothing_is_forgotten(output, results.run, run)
    return results


def _check_nothing_is_forgotten(output: Path, before: RunRecord, run: RunRecord) -> None:
    """Refuse to replace results of degraded images, or of chosen slices, where nothing says so any more."""
    condition = condition_of_images(before)
    if condition_of_images(run) == AS_ACQUIRED != condition:
        raise ValueError(
            f"--output: {output} holds the results of images {Condition(condition, before.level)}, and nothing says so "
            "now; give their folder by --images or say --condition, or choose another name"
        )
    if run.slices == ALL_SLICES != before.slices:
        raise ValueError(
            f"--output: {output} holds the results of chosen slices; say --slices {before.slices} again, or choose "
            "another name"
        )


def _unfinished(path: Path) -> Results | None:
    if not path.is_file():
        return None
    content = path.read_bytes()
    try:
        return parse_results(content[: content.rfind(b"\n") + 1], path)
    except ValueError:
        # Of another version, or damaged: nobody but this package reads or writes it.
        return None
