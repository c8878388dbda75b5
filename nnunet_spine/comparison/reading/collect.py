"""Reading what evaluations wrote into tables, one row a thing.

Two names of a run decide what is compared: its arm, and its setting, which is what the test images are: condition,
level and sequence. Runs of one arm differ in fold and seed, and are averaged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from nnunet_spine.comparison.reading.consistency import check_runs, unshared_structures
from nnunet_spine.comparison.reading.frames import build_frames
from nnunet_spine.comparison.reading.names import name_arms
from nnunet_spine.comparison.reading.source import Source, read_source
from nnunet_spine.plumbing.names import SCORES


@dataclass(frozen=True, eq=False)
class Collection:
    """The rows of several runs. `run` is the row of `runs` everywhere; `level` is NaN where there is none.

    Attributes:
        runs: one row a run: run, arm, series (see `names`), trainer, plans, configuration, dataset, fold, seed,
            real_patients, condition, level, reference, prediction, images, model, tolerance_mm, command, versions,
            left_out, n_cases, path.
        scores: one row a run, case and structure: run, arm, fold, seed, real_patients, condition, level, case, patient,
            sequence, structure, group, structure_level, outcome, every metric, `<key>_penalised` of the metrics whose
            penalty is the image's diagonal, reference_ml, prediction_ml, diagonal_mm.
        instances: one row a run, case and instance: run, arm, condition, level, case, patient, sequence, and the fields
            of `InstanceRecord`, with its level as structure_level.
        failures: one row a failure: the same, and the fields of `FailureRecord`.
        properties: one row a run and case: the same, and a column for each property.
        cases: one row a run and case: the same, and shape, spacing_mm, diagonal_mm, files, confusion_labels, confusion.
        sources: what was read, in the order of `runs`; arms of its runs have their full names.
        unshared: structures that not all runs have, and the arms that have each; they are in `scores` all the same.
    """

    runs: pd.DataFrame
    scores: pd.DataFrame
    instances: pd.DataFrame
    failures: pd.DataFrame
    properties: pd.DataFrame
    cases: pd.DataFrame
    sources: tuple[Source, ...]
    unshared: dict[str, tuple[str, ...]]

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """Every arm, in the order of the files."""
        return tuple(self.runs["arm"].drop_duplicates())

    @cached_property
    def sequences(self) -> tuple[str, ...]:
        """Every sequence, in the order of the alphabet."""
        return tuple(sorted(self.cases["sequence"].drop_duplicates()))

    @cached_property
    def structures(self) -> tuple[str, ...]:
        """The structures that all runs have, in the order of the labels, then groups."""
        return tuple(name for name in self.scores["structure"].drop_duplicates() if name not in self.unshared)


def collect(paths: Iterable[Path | str]) -> Collection:
    """Read results files.

    Args:
        paths: files that `nnunet-spine evaluate` wrote, or folders: all files below that end in `.jsonl`.

    Raises:
        ValueError: if a file cannot be read or is no such file, or if runs cannot be compared (`check_runs`).
    """
    sources = name_arms([read_source(path) for path in results_files(paths)])
    check_runs(sources)
    return Collection(**build_frames(sources), sources=tuple(sources), unshared=unshared_structures(sources))


def results_files(paths: Iterable[Path | str]) -> tuple[Path, ...]:
    """The files that are meant, each once, those of a folder in the order of their names.

    Raises:
        ValueError: if there are none.
    """
    files: dict[Path, Path] = {}
    for path in map(Path, paths):
        found = sorted(path.rglob(f"*{SCORES}")) if path.is_dir() else [path]
        if not found:
            raise ValueError(f"{path}: expected results of nnunet-spine evaluate ({SCORES}) in it, found none")
        files |= {one.resolve(): one for one in found}
    if not files:
        raise ValueError("results: expected at least one file or folder, got none")
    return tuple(files.values())
