"""The record of a conversion: where every case came from, what was found and what was done to it."""

from __future__ import annotations

import csv
import io
import json
import platform
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nnunet_spine import __version__
from nnunet_spine.dataset_conversion.options import Treatment
from nnunet_spine.dataset_conversion.problems import Problem, natural_key
from nnunet_spine.dataset_conversion.provenance import FORMAT, fingerprint, is_unchanged
from nnunet_spine.dataset_conversion.spider import Survey, files_of

MANIFEST = "manifest.json"
TABLE = "manifest.csv"


def build_manifest(
    survey: Survey, treatment: Treatment, records: Iterable[dict[str, Any]], left_out: Sequence[Problem]
) -> dict[str, Any]:
    """The manifest of a data set.

    Args:
        survey: the source folder.
        treatment: what was done.
        records: the entry of each case.
        left_out: problems of the cases that were left out.
    """
    return {
        "format": FORMAT,
        "versions": {
            "nnunet_spine": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "nibabel", "SimpleITK")},
        },
        "source": str(survey.root.resolve()),
        "settings": treatment.settings(),
        "labels": treatment.label_values,
        "notes": list(survey.notes),
        "left_out": _left_out(survey, left_out),
        "cases": sorted(records, key=lambda record: natural_key(record["case"])),
    }


def _left_out(survey: Survey, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    reasons: dict[str, list[str]] = defaultdict(list)
    for problem in problems:
        reasons[problem.case].append(str(problem))
    subsets = {series.case: series.subset for series in survey.series}
    return [
        {
            "case": case,
            "subset": subsets.get(case),
            "sources": {name: fingerprint(survey.root / name) for name in files_of(survey.root, case)},
            "reasons": reasons[case],
        }
        for case in sorted(reasons, key=natural_key)
    ]


def as_table(manifest: dict[str, Any]) -> str:
    """The cases as CSV, one a row, for people and spreadsheets."""
    plain = ("case", "patient", "sequence", "subset", "orientation_found")
    plain += ("intensity_floor", "intensity_clipped", "numbering_found")
    lists = ("shape_found", "shape", "spacing_mm", "slices_kept")
    labels = [name for name, value in manifest["labels"].items() if value]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*plain, *lists, *labels])
    for record in manifest["cases"]:
        listed = ["x".join(map(str, record[key])) for key in lists]
        writer.writerow([*(record[key] for key in plain), *listed, *(record["voxels_per_label"][n] for n in labels)])
    return text.getvalue()


def recorded_patients(folder: Path) -> dict[str, tuple[str, str]]:
    """Patient and sequence of every case of a data set in nnUNet_raw; empty where the converter left no record.

    Raises:
        ValueError: if there is a record that cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        return {record["case"]: (record["patient"], record["sequence"]) for record in manifest["cases"]}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: expected the record of nnunet-spine convert, got {error!r}") from error


def recorded_source(folder: Path) -> str | None:
    """Folder that a data set in nnUNet_raw was converted from; None where the converter left no record.

    Raises:
        ValueError: if there is a record that cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["source"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: expected the record of nnunet-spine convert, got {error!r}") from error


def differences(folder: Path, survey: Survey, treatment: Treatment) -> list[str]:
    """In what an existing data set is not the one that would be made now; empty for the same.

    Args:
        folder: the data set in nnUNet_raw.
        survey: the source folder.
        treatment: what is asked for.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [f"it has no readable {MANIFEST}, so it was not made by nnunet-spine convert"]
    if manifest.get("format") != FORMAT:
        return [f"it was made by another version, nnunet-spine {manifest.get('versions', {}).get('nnunet_spine')}"]
    asked, there = treatment.settings(), manifest["settings"]
    found = [f"{key}: {there.get(key)} there, {asked[key]} asked for" for key in asked if there.get(key) != asked[key]]
    return found or _case_differences(manifest, survey) + _file_differences(folder, manifest)


def _case_differences(manifest: dict[str, Any], survey: Survey) -> list[str]:
    there = {entry["case"]: entry for entry in (*manifest["cases"], *manifest["left_out"])}
    subsets = {problem.case: None for problem in survey.problems if problem.case}
    subsets |= {series.case: series.subset for series in survey.series}
    found = [f"{case}: new in the source" for case in subsets.keys() - there.keys()]
    found += [f"{case}: no longer in the source" for case in there.keys() - subsets.keys()]
    for case in subsets.keys() & there.keys():
        if subsets[case] != there[case]["subset"]:
            found.append(f"{case}: subset {there[case]['subset']} there, {subsets[case]} in the source")
        found += _source_differences(survey.root, case, there[case]["sources"])
    return sorted(found, key=natural_key)


def _source_differences(root: Path, case: str, recorded: dict[str, Any]) -> list[str]:
    names = files_of(root, case)
    changed = [name for name in names if name in recorded and not is_unchanged(recorded[name], root / name)]
    return [f"{name}: changed in the source" for name in (*changed, *set(names).symmetric_difference(recorded))]


def _file_differences(folder: Path, manifest: dict[str, Any]) -> list[str]:
    written = {name: size for record in manifest["cases"] for name, size in record["written"].items()}
    return [
        f"{name}: missing or changed in the data set"
        for name, size in written.items()
        if not (folder / name).is_file() or (folder / name).stat().st_size != size
    ]
