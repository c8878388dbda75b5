"""SPIDER's folder: which series there are, which files belong to them, and which subset each is in."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nnunet_spine.dataset_conversion.options import SEQUENCES, ConversionOptions
from nnunet_spine.dataset_conversion.problems import Problem, natural_key

OVERVIEW = "overview.csv"
SUBSETS = ("training", "validation")
_SUFFIX = ".mha"
_SERIES_NAME = re.compile(r"(?P<patient>[A-Za-z0-9-]+)_(?P<sequence>\w+)")
_COLUMNS = ("new_file_name", "subset")


@dataclass(frozen=True)
class Series:
    """One image of one patient.

    Attributes:
        case: name of the series, for example `1_t2_SPACE`.
        patient: for example `1`.
        sequence: one of `SEQUENCES`.
        subset: `training` or `validation`; None where overview.csv does not tell.
        root: SPIDER's folder.
    """

    case: str
    patient: str
    sequence: str
    subset: str | None
    root: Path

    @property
    def image(self) -> Path:
        """The image file."""
        return self.root / "images" / f"{self.case}{_SUFFIX}"

    @property
    def mask(self) -> Path:
        """The mask file."""
        return self.root / "masks" / f"{self.case}{_SUFFIX}"


@dataclass(frozen=True)
class Survey:
    """What a SPIDER folder holds of what was asked for.

    Attributes:
        root: the folder.
        series: in natural order of their names; those with problems are among them.
        problems: what is wrong by names and tables alone.
        notes: what is worth knowing and not wrong.
    """

    root: Path
    series: tuple[Series, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def survey(root: Path, options: ConversionOptions) -> Survey:
    """List the series that were asked for; no image is opened.

    Raises:
        ValueError: if the folder is not SPIDER's.
    """
    files = _files(root)
    subsets, table_problems = _read_overview(root / OVERVIEW)
    series, name_problems = _series(root, files, subsets)
    chosen = [one for one in series if _asked_for(one, options)]
    present = {one.case for one in series}
    odd = {problem.case for problem in name_problems} - present
    concerned = {one.case for one in chosen} | odd | {None}
    problems = [*table_problems, *name_problems, *_split_patients(series)]
    if subsets:
        problems += [_no_row(one) for one in chosen if one.case not in subsets]
    problems = [problem for problem in problems if problem.case in concerned]
    if not chosen and not problems:
        raise ValueError(
            f"{root}: none of its {len(series)} series is in {options.sequences} of subset {options.subset}"
        )
    absent = len(subsets.keys() - present)
    notes = (f"{OVERVIEW} lists {absent} series whose files are not here",) if absent else ()
    return Survey(root, tuple(chosen), tuple(problems), notes)


def files_of(root: Path, case: str) -> list[str]:
    """The files of a case that exist, relative to SPIDER's folder."""
    names = (f"{folder}/{case}{_SUFFIX}" for folder in ("images", "masks"))
    return [name for name in names if (root / name).is_file()]


def _asked_for(series: Series, options: ConversionOptions) -> bool:
    # A series whose subset is not known is looked at whatever the choice, so that it is reported.
    return series.sequence in options.sequences and (options.subset == "all" or series.subset in (options.subset, None))


def _no_row(series: Series) -> Problem:
    where = next(iter(files_of(series.root, series.case)))
    return Problem(where, f"{OVERVIEW} has no row for the series, so that its subset is not known", series.case)


def _files(root: Path) -> dict[str, set[str]]:
    expected = "expected SPIDER's folder, with images/ID_SEQUENCE.mha, masks/ID_SEQUENCE.mha and overview.csv"
    if not root.is_dir():
        raise ValueError(f"{root}: no such folder; {expected}")
    for folder in ("images", "masks"):
        if not (root / folder).is_dir():
            found = ", ".join(sorted(path.name for path in root.iterdir())[:8]) or "nothing"
            raise ValueError(f"{root}: no folder {folder}/ in it; {expected}; found {found}")
    files = {
        folder: {p.name.removesuffix(_SUFFIX) for p in (root / folder).glob(f"[!.]*{_SUFFIX}") if p.is_file()}
        for folder in ("images", "masks")
    }
    if not files["images"] | files["masks"]:
        raise ValueError(f"{root}: no {_SUFFIX} file in images/ or masks/; {expected}")
    return files


def _series(
    root: Path, files: dict[str, set[str]], subsets: dict[str, str | None]
) -> tuple[list[Series], list[Problem]]:
    series, problems = [], []
    for case in sorted(files["images"] | files["masks"], key=natural_key):
        match = _SERIES_NAME.fullmatch(case)
        if match is None or match["sequence"] not in SEQUENCES:
            what = f"expected ID_SEQUENCE{_SUFFIX} with one of the sequences {', '.join(SEQUENCES)}"
            folder = "images" if case in files["images"] else "masks"
            problems.append(Problem(f"{folder}/{case}{_SUFFIX}", what, case))
            continue
        series.append(Series(case, match["patient"], match["sequence"], subsets.get(case), root))
        for folder, other in (("images", "mask"), ("masks", "image")):
            if case in files[folder] and case not in files[f"{other}s"]:
                problems.append(Problem(f"{folder}/{case}{_SUFFIX}", f"the series has no {other}", case))
    return series, problems


def _read_overview(path: Path) -> tuple[dict[str, str | None], list[Problem]]:
    """Subset of each series that overview.csv lists (None where it is not one), and what is wrong with the table."""
    if not path.is_file():
        return {}, [Problem(OVERVIEW, f"missing in {path.parent}: it tells training from validation")]
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = [str(name).strip() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return {}, [Problem(OVERVIEW, f"cannot be read: {error}")]
    missing = [name for name in _COLUMNS if name not in columns]
    if missing:
        return {}, [Problem(OVERVIEW, f"no column {name!r}; found {', '.join(columns[:8])}") for name in missing]
    listed = [tuple((row[name] or "").strip() for name in _COLUMNS) for row in rows]
    listed = [(case, subset) for case, subset in listed if case]
    return _subsets(listed) if listed else ({}, [Problem(OVERVIEW, "lists no series")])


def _subsets(rows: Iterable[tuple[str, str]]) -> tuple[dict[str, str | None], list[Problem]]:
    found: dict[str, set[str]] = defaultdict(set)
    for case, subset in rows:
        found[case].add(subset)
    subsets: dict[str, str | None] = {}
    problems = []
    for case, names in found.items():
        subsets[case] = next(iter(names)) if len(names) == 1 and names <= set(SUBSETS) else None
        if subsets[case] is None:
            given = " and ".join(repr(name) for name in sorted(names))
            problems.append(Problem(OVERVIEW, f"{case}: subset expected training or validation, got {given}", case))
    return subsets, problems


def _split_patients(series: Iterable[Series]) -> list[Problem]:
    """Patients with series in both subsets: training on one of them would leak into the other."""
    by_patient: dict[str, list[Series]] = defaultdict(list)
    for one in series:
        by_patient[one.patient].append(one)
    return [
        Problem(OVERVIEW, f"{one.case}: patient {patient} has series in both subsets", one.case)
        for patient, members in by_patient.items()
        if {member.subset for member in members} >= set(SUBSETS)
        for one in members
    ]
