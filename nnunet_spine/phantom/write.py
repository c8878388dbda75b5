"""Writes phantom patients in SPIDER's own layout, so that whatever reads SPIDER reads them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813
from tqdm import tqdm

from nnunet_spine.labels import DISC, STRUCTURES, VERTEBRA
from nnunet_spine.phantom.acquisition import acquire
from nnunet_spine.phantom.anatomy import Anatomy
from nnunet_spine.phantom.patient import Patient, sample_patient
from nnunet_spine.phantom.protocols import SEQUENCES, Protocol, sample_protocols
from nnunet_spine.phantom.scan import SIZES, Scan, plan_scan
from nnunet_spine.phantom.storage import stored_values, to_file_order
from nnunet_spine.phantom.tables import GRADING_COLUMNS, OVERVIEW_COLUMNS, counts, grading_row, overview_row, to_csv
from nnunet_spine.plumbing.files import write_text
from nnunet_spine.plumbing.lock import exclusive
from nnunet_spine.plumbing.pool import run_jobs

VERSION = 2
"""Counts changes of what a seed gives; a folder of another version is not continued."""

RECORDS = ".phantom"
"""Folder in the output with the settings and one record per finished patient."""

_IS = {
    group: np.array([value in STRUCTURES and STRUCTURES[value].group == group for value in range(256)])
    for group in (VERTEBRA, DISC)
}


@dataclass(frozen=True)
class Settings:
    """What the content of a phantom folder depends on, the number of patients aside."""

    seed: int
    size: str
    sequences: tuple[str, ...]
    version: int = VERSION


def write_phantom(
    out: Path,
    patients: int,
    sequences: Sequence[str] = ("t1", "t2"),
    seed: int = 0,
    size: str = "small",
    processes: int = 1,
) -> Path:
    """Write a phantom data set: images/, masks/, overview.csv, radiological_gradings.csv.

    Patients that a previous run with the same settings has finished are kept; asking for more of them adds the rest.
    Patient k is the same whatever the number of patients, the other sequences and the number of processes.

    Args:
        out: folder to write; new, empty, or written by this function with the same settings.
        patients: how many.
        sequences: which of "t1", "t2", "t2_SPACE" each patient gets.
        seed: of everything random.
        size: "small" for tests and demonstrations, "full" for about SPIDER's matrices, "tiny" for trying commands.
        processes: patients that are made at the same time.

    Returns:
        `out`.

    Raises:
        ValueError: for impossible arguments, a folder that is not this function's to write, another run in the same
            folder, or a worker that was killed.
        OSError: if something cannot be written.
    """
    out = Path(out)
    settings = _checked(patients, sequences, seed, size, processes)
    place = out.resolve()
    with exclusive(place.with_name(f".{place.name}.lock"), str(out)):
        _claim(out, settings)
        missing = [number for number in range(1, patients + 1) if not _is_finished(out, settings, number)]
        work = run_jobs(partial(write_patient, out, settings), missing, min(processes, max(len(missing), 1)))
        for _ in tqdm(work, total=patients, initial=patients - len(missing), desc="phantom", unit="patient"):
            pass
        _write_tables(out)
    return out


def is_written(out: Path, patients: int, sequences: Sequence[str], seed: int = 0, size: str = "small") -> bool:
    """Whether all that `write_phantom` would write is there."""
    settings = _checked(patients, sequences, seed, size, 1)
    tables = (out / "overview.csv", out / "radiological_gradings.csv")
    note = out / RECORDS / "settings.json"
    same = note.is_file() and _read_json(note) == json.loads(json.dumps(asdict(settings)))
    numbers = range(1, patients + 1)
    return same and all(_is_finished(out, settings, number) for number in numbers) and all(map(Path.is_file, tables))


def finished_patients(out: Path) -> list[int]:
    """Numbers of the patients that a phantom folder holds, those of earlier runs among them."""
    return sorted(int(file.stem) for file in (out / RECORDS).glob("[0-9]*.json"))


def _checked(patients: int, sequences: Sequence[str], seed: int, size: str, processes: int) -> Settings:
    wrong = [name for name in sequences if name not in SEQUENCES]
    if wrong or not sequences or len(set(sequences)) != len(sequences):
        raise ValueError(f"sequences: expected some of {', '.join(SEQUENCES)}, each once, got {list(sequences)}")
    if size not in SIZES:
        raise ValueError(f"size: expected one of {', '.join(SIZES)}, got {size!r}")
    for name, value, least in (("patients", patients, 1), ("processes", processes, 1), ("seed", seed, 0)):
        if value < least:
            raise ValueError(f"{name}: expected {least} or more, got {value}")
    return Settings(seed, size, tuple(name for name in SEQUENCES if name in sequences))


def _claim(out: Path, settings: Settings) -> None:
    """Make the folder ours, or say why it cannot be."""
    note = out / RECORDS / "settings.json"
    wanted = json.loads(json.dumps(asdict(settings)))
    if note.is_file():
        found = _read_json(note)
        if found != wanted:
            raise ValueError(f"{out} holds a phantom with other settings: {found}, asked for {wanted}")
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"{out} is not empty and was not written by this command; choose another folder")
    for folder in (out / RECORDS, out / "images", out / "masks"):
        folder.mkdir(parents=True, exist_ok=True)
    write_text(note, json.dumps(wanted))


def _is_finished(out: Path, settings: Settings, number: int) -> bool:
    files = (out / kind / f"{number}_{name}.mha" for kind in ("images", "masks") for name in settings.sequences)
    return _record(out, number).is_file() and all(file.is_file() for file in files)


def write_patient(out: Path, settings: Settings, number: int) -> None:
    """Make one patient's files; the record, which makes them count, comes last."""
    patient = sample_patient(settings.seed, number)
    anatomy = Anatomy.of(patient)
    protocols = {name: value for name, value in sample_protocols(patient.rng(6)).items() if name in settings.sequences}
    rows = []
    for group in (("t1", "t2"), ("t2_SPACE",)):
        wanted = {name: protocols[name] for name in group if name in protocols}
        if wanted:
            rows += _write_scan(out, settings, anatomy, wanted)
    levels = patient.findings[: patient.visible_levels]
    record = {"overview": rows, "gradings": [grading_row(number, finding) for finding in levels]}
    write_text(_record(out, number), json.dumps(record))


def _write_scan(out: Path, settings: Settings, anatomy: Anatomy, protocols: dict[str, Protocol]) -> list[list[str]]:
    """Acquire and store the series of one geometry; gives their lines of overview.csv."""
    scan = plan_scan(anatomy, next(iter(protocols.values())), settings.size)
    mask, images = acquire(anatomy, scan, protocols)
    found = counts(mask, _IS[VERTEBRA], _IS[DISC])
    return [
        _write_series(out, anatomy.patient, scan, protocol, (images[name], mask), found)
        for name, protocol in protocols.items()
    ]


def _write_series(
    out: Path,
    patient: Patient,
    scan: Scan,
    protocol: Protocol,
    pair: tuple[np.ndarray, np.ndarray],
    found: tuple[int, int],
) -> list[str]:
    rng = patient.rng(30 + SEQUENCES.index(protocol.sequence))
    image = stored_values(pair[0], scan, rng)
    for kind, array in (("images", image), ("masks", pair[1])):
        file = f"{patient.number}_{protocol.sequence}.mha"
        beside = out / RECORDS / f"{kind}_{file}"
        _write_image(to_file_order(array, scan), beside)
        os.replace(beside, out / kind / file)
    high = float(np.quantile(image[:, ::4, ::4], 0.98)) - float(image.min())
    return overview_row(patient, protocol, found, (0.45 * high, 0.9 * high))


def _write_image(image: sitk.Image, path: Path) -> None:
    try:
        sitk.WriteImage(image, str(path), useCompression=True, compressionLevel=2)
    except RuntimeError as error:  # so SimpleITK tells of a full disk, its reason in the last line
        raise OSError(f"{path} cannot be written: {str(error).splitlines()[-1]}") from error


def _write_tables(out: Path) -> None:
    """The tables name every finished patient, also those of a longer previous run; what is there stays untouched."""
    records = [_read_json(_record(out, number)) for number in finished_patients(out)]
    for name, header, key, line_end in (
        ("radiological_gradings.csv", GRADING_COLUMNS, "gradings", "\n"),
        ("overview.csv", OVERVIEW_COLUMNS, "overview", "\r\n"),
    ):
        rows = [row for record in records for row in record[key]]
        content = to_csv(header, rows, line_end)
        if not (out / name).is_file() or (out / name).read_bytes() != content.encode("utf-8"):
            write_text(out / name, content)


def _read_json(file: Path) -> dict:
    try:
        return json.loads(file.read_text())
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: expected JSON of an earlier run, got {error}") from error


def _record(out: Path, number: int) -> Path:
    return out / RECORDS / f"{number}.json"
