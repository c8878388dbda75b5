"""The two tables of a SPIDER folder, written as SPIDER writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import numpy as np

from nnunet_spine.phantom.degeneration import DiscFindings
from nnunet_spine.phantom.patient import Patient
from nnunet_spine.phantom.protocols import GYROMAGNETIC_HZ_PER_T, Protocol

OVERVIEW_COLUMNS = tuple(
    """
    new_file_name num_vertebrae num_discs sex birth_date subset AngioFlag BodyPartExamined DeviceSerialNumber
    EchoNumbers EchoTime EchoTrainLength FlipAngle ImagedNucleus ImagingFrequency InPlanePhaseEncodingDirection
    MRAcquisitionType MagneticFieldStrength Manufacturer ManufacturerModelName NumberOfPhaseEncodingSteps
    PercentPhaseFieldOfView PercentSampling PhotometricInterpretation PixelBandwidth PixelSpacing RepetitionTime SAR
    SamplesPerPixel ScanningSequence SequenceName SeriesDescription SliceThickness SoftwareVersions
    SpacingBetweenSlices SpecificCharacterSet TransmitCoilName WindowCenter WindowWidth
    """.split()  # noqa: SIM905
)
"""The columns of overview.csv in SPIDER's order."""

GRADING_COLUMNS = (
    "Patient",
    "IVD label",
    "Modic",
    "UP endplate",
    "LOW endplate",
    "Spondylolisthesis",
    "Disc herniation",
    "Disc narrowing",
    "Disc bulging",
    "Pfirrman grade",
)
"""The columns of radiological_gradings.csv in SPIDER's order and spelling."""

SAME_FOR_ALL = {
    "EchoNumbers": 1,
    "ImagedNucleus": "1H",
    "InPlanePhaseEncodingDirection": "COL",
    "PhotometricInterpretation": "MONOCHROME2",
    "SamplesPerPixel": 1,
    "ScanningSequence": "SE",
}
"""Columns that hold the same in every line."""

VALIDATION_EVERY = 5


def subset_of(number: int) -> str:
    """Official subset of a patient: the second of every five is for validation, near SPIDER's 39 of 218."""
    return "validation" if number % VALIDATION_EVERY == 2 else "training"


def overview_row(
    patient: Patient, protocol: Protocol, counts: tuple[int, int], window: tuple[float, float]
) -> list[str]:
    """One line of overview.csv.

    As in SPIDER, the spacings are those of the DICOM series and not those of the file, `sex` sometimes carries a
    trailing blank, and the column birth_date holds an age or nothing.

    Args:
        patient: who.
        protocol: how the series was acquired.
        counts: numbers of labelled vertebrae and discs.
        window: centre and width of the display window.
    """
    rng = patient.rng(20)
    frequency = protocol.scanner.field_t * GYROMAGNETIC_HZ_PER_T * 1e-6 + rng.normal(0, 3e-5)
    values = {
        "new_file_name": f"{patient.number}_{protocol.sequence}",
        "num_vertebrae": counts[0],
        "num_discs": counts[1],
        "sex": patient.sex + " " * (rng.random() < 0.4),
        "birth_date": f"{int(patient.age_years)}.0" if rng.random() < 0.2 else "",
        "subset": subset_of(patient.number),
        "ImagingFrequency": round(frequency, 6),
        "SAR": round(rng.uniform(1.3, 2.8), 6),
        "WindowCenter": round(window[0], 1),
        "WindowWidth": round(window[1], 1),
    }
    values |= SAME_FOR_ALL | _scanner_columns(protocol) | _protocol_columns(protocol)
    return [str(values[name]) for name in OVERVIEW_COLUMNS]


def _scanner_columns(protocol: Protocol) -> dict[str, object]:
    scanner = protocol.scanner
    siemens = scanner.manufacturer == "SIEMENS"
    return {
        "AngioFlag": "N" if siemens else "",
        "BodyPartExamined": scanner.body_part,
        "DeviceSerialNumber": scanner.serial,
        "MagneticFieldStrength": scanner.field_t,
        "Manufacturer": scanner.manufacturer,
        "ManufacturerModelName": scanner.model,
        "SoftwareVersions": scanner.software,
        "SpecificCharacterSet": scanner.character_set,
        "TransmitCoilName": "Body" if siemens else "",
    }


def _protocol_columns(protocol: Protocol) -> dict[str, object]:
    return {
        "EchoTime": protocol.te_ms,
        "EchoTrainLength": protocol.train,
        "FlipAngle": protocol.flip_deg,
        "MRAcquisitionType": "3D" if protocol.sequence == "t2_SPACE" else "2D",
        "NumberOfPhaseEncodingSteps": protocol.phase_steps,
        "PercentPhaseFieldOfView": protocol.phase_fov_percent,
        "PercentSampling": protocol.sampling_percent,
        "PixelBandwidth": protocol.bandwidth_hz,
        "PixelSpacing": protocol.pixel_text,
        "RepetitionTime": round(protocol.tr_ms, 6),
        "SequenceName": protocol.name,
        "SeriesDescription": protocol.description,
        "SliceThickness": protocol.thickness_mm,
        "SpacingBetweenSlices": protocol.gap_mm,
    }


def grading_row(number: int, finding: DiscFindings) -> list[str]:
    """One line of radiological_gradings.csv; the truth of the anatomy, not a reading of the image."""
    values = (
        number,
        finding.level,
        finding.modic,
        finding.upper_endplate,
        finding.lower_endplate,
        finding.spondylolisthesis,
        finding.herniation,
        finding.narrowing,
        finding.bulging,
        finding.pfirrmann,
    )
    return [str(int(value)) for value in values]


def counts(mask: np.ndarray, is_vertebra: np.ndarray, is_disc: np.ndarray) -> tuple[int, int]:
    """Numbers of different vertebrae and discs in a mask; the tables say which of the 256 values are which."""
    present = np.bincount(mask.ravel(), minlength=256) > 0
    return int((present & is_vertebra).sum()), int((present & is_disc).sum())


def to_csv(header: Iterable[str], rows: Iterable[Iterable[str]], line_end: str) -> str:
    """Text of a table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
